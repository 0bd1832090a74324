import type { Scope } from '../../src/domain/access-token/scope.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { createTestClock } from './clock.ts'
import { ada } from './people.ts'
import { openPortal, type Portal } from './portal.ts'
import { type Store, stores } from './stores.ts'

export type Program = ReturnType<typeof createProgram>
type Options = { settings?: Record<string, string>; remember?: boolean }

export const tokenStores = stores.filter(({ name }) => name !== 'SQLite and Redis')
export const origin = { ip: '203.0.113.7', userAgent: 'backup/2.1', requestId: 'a-request' }

const allScopes: Scope[] = ['account:read', 'account:write', 'offline_access']

/** Ada is signed in, and a program of hers refreshes its tokens. */
export async function openRefreshing(store: Store, { settings = {}, remember = true }: Options = {}) {
  const opened = await store.open()
  const clock = createTestClock()
  const openSibling = (clockOfItsOwn: Clock = clock) =>
    openPortal({ settings: { ...opened.settings, ...settings }, clock: clockOfItsOwn })
  const portal = await openSibling()
  await portal.addPerson(ada)
  const secret = await signIn(portal, { remember })

  return {
    portal,
    clock,
    secret,
    program: createProgram(portal, secret),
    /** Another process on the same database. */
    openSibling,
    async [Symbol.asyncDispose]() {
      await portal[Symbol.asyncDispose]()
      await opened.close()
    },
  }
}

export async function signIn({ client }: Pick<Portal, 'client'>, { remember = true } = {}): Promise<string> {
  const { email, password } = ada
  return (await client.post('/auth/login', { login: email, password, remember })).body.session.id
}

/** What a program does with the tokens of one session. */
export function createProgram(
  { services: { sessions, refreshTokens } }: Pick<Portal, 'services'>,
  secret: string,
) {
  const clientId = 'backup'
  return {
    clientId,

    async start({ as = clientId, scopes = allScopes } = {}) {
      const { member } = await sessions.check(secret)
      if (!member) throw new Error('nobody is signed in')
      const started = await refreshTokens.start({ member, clientId: as, scopes, origin })
      if (!started) throw new Error('the session has ended')
      return started
    },

    refresh: (token: string, { as = clientId, scopes = null as Scope[] | null } = {}) =>
      refreshTokens.rotate({ token, clientId: as, scopes, origin }),

    /** The next token, or why there is none. */
    async next(token: string): Promise<string> {
      const refreshed = await refreshTokens.rotate({ token, clientId, scopes: null, origin })
      return refreshed.outcome === 'rotated' ? refreshed.refreshToken : refreshed.outcome
    },
  }
}

/** What its owner hears when a token was used again. */
export async function listAlarms(portal: Portal) {
  return (await portal.mails()).filter(({ subject }) => subject.startsWith('We disconnected'))
}
