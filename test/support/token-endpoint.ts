import type { Scope } from '../../src/domain/access-token/scope.ts'
import { ada } from './people.ts'
import type { Portal } from './portal.ts'

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const SESSION = 'urn:gatehouse:params:oauth:token-type:session'
const commandLine = { ip: 'command line', userAgent: 'test', requestId: 'test' }

type Parameters = Record<string, string>

/** A program that asks for tokens, as any HTTP client would. */
export function createTokenProgram({ client, services }: Portal, always: Record<string, string> = {}) {
  const post = (path: string, form: Parameters | string = {}, headers: Record<string, string> = {}) =>
    client.send(client.portal.post(path).type('form').send(form), { ...always, ...headers })

  const exchange = (secret: string, form: Parameters = {}) =>
    post('/auth/token', {
      grant_type: EXCHANGE,
      subject_token: secret,
      subject_token_type: SESSION,
      ...form,
    })

  return {
    post,
    exchange,
    refresh: (token: string, form: Parameters = {}) =>
      post('/auth/token', { grant_type: 'refresh_token', refresh_token: token, ...form }),
    revoke: (token: string, form: Parameters = {}) => post('/auth/revoke', { token, ...form }),
    introspect: (token: string, form: Parameters = {}) => post('/auth/introspect', { token, ...form }),

    async signIn({ email, password }: { email: string; password: string } = ada): Promise<string> {
      const answer = await client.post('/auth/login', { login: email, password, remember: true })
      return answer.body.session.id
    },

    /** Signed in, and the session put away for a refresh token. */
    async openTokens(form: Parameters = {}) {
      const session = await this.signIn()
      const { body } = await exchange(session, { scope: 'account:read offline_access', ...form })
      return { session, access: String(body.access_token), refresh: String(body.refresh_token) }
    },

    /** A program that was registered, with what it proves itself by. */
    async register(scopes: Scope[] = ['account:read', 'offline_access'], { isPublic = false } = {}) {
      const made = await services.clients.create({ name: 'Reports', scopes, isPublic, origin: commandLine })
      const { id } = made.client
      const secret = made.secret ?? ''
      return { id, secret, inForm: { client_id: id, client_secret: secret }, basic: toBasic(id, secret) }
    },
  }
}

export function toBasic(id: string, secret: string) {
  return { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
}
