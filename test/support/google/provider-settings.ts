import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { type Context, interactionPolicy, type Provider } from 'oidc-provider'
import { failurePage } from './account-chooser.ts'
import { claimsOf, type Personas } from './personas.ts'

export type GoogleClient = { clientId: string; clientSecret: string; redirectUris: string[] }
type Wanted = GoogleClient & { personas: Personas; provider: () => Provider }

const HOUR_S = 3600

/** oidc-provider, set up to answer as Google does. */
export async function createProviderSettings({
  clientId,
  clientSecret,
  redirectUris,
  personas,
  provider,
}: Wanted) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const signingKey = {
    ...(await exportJWK(privateKey)),
    kid: randomBytes(8).toString('hex'),
    use: 'sig',
    alg: 'RS256',
  }
  const policy = interactionPolicy.base()
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }))

  return {
    adapter: createShelf(),
    jwks: { keys: [signingKey] },
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }],
    clientBasedCORS: () => false,
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: {
      openid: ['sub', 'hd'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name'],
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
    },
    responseTypes: ['code'],
    interactions: { policy, url: (_context: Context, { uid }: { uid: string }) => `/interaction/${uid}` },
    cookies: {
      keys: [randomBytes(32).toString('hex')],
      names: { session: 'google_session', interaction: 'google_interaction', resume: 'google_resume' },
    },
    ttl: Object.fromEntries(
      ['AccessToken', 'IdToken', 'RefreshToken', 'Interaction', 'Session', 'Grant'].map((kind) => [
        kind,
        HOUR_S,
      ]),
    ),
    expiresWithSession: () => false,
    findAccount(_context: Context, sub: string) {
      const persona = Object.values(personas).find((candidate) => candidate.sub === sub)
      return persona && { accountId: sub, claims: () => claimsOf(persona) }
    },
    async loadExistingGrant({ oidc }: Context) {
      const { Grant } = provider()
      const grant = new Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId })
      grant.addOIDCScope(oidc.params.scope)
      await grant.save()
      return grant
    },
    renderError(context: Context, failure: { error: string; error_description?: string }) {
      context.type = 'html'
      context.body = failurePage(failure.error_description ?? failure.error)
    },
  }
}

/** In memory. Nobody stays signed in, so that every visit asks which account to take. */
function createShelf() {
  const shelf = new Map<string, Record<string, unknown>>()
  return (kind: string) => ({
    async upsert(id: string, record: Record<string, unknown>) {
      if (kind !== 'Session') shelf.set(`${kind} ${id}`, record)
    },
    find: async (id: string) => shelf.get(`${kind} ${id}`),
    findByUid: async () => undefined,
    findByUserCode: async () => undefined,
    async consume(id: string) {
      Object.assign(shelf.get(`${kind} ${id}`) ?? {}, { consumed: Math.floor(Date.now() / 1000) })
    },
    async destroy(id: string) {
      shelf.delete(`${kind} ${id}`)
    },
    async revokeByGrantId(grantId: string) {
      for (const [id, record] of shelf) if (record.grantId === grantId) shelf.delete(id)
    },
  })
}
