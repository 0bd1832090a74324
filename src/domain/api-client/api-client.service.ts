import type { Clock } from '../../platform/clock.ts'
import type { Scope } from '../access-token/scope.ts'
import type { AuditAction, Origin } from '../audit-event/audit-event.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { hashSecret, isSameSecret, randomSecret } from '../secret.ts'
import { type ApiClient, isClientId } from './api-client.ts'

export type ApiClientService = ReturnType<typeof createApiClientService>
export type SecretRotation =
  | { outcome: 'rotated'; client: ApiClient; secret: string }
  | { outcome: 'public' | 'disabled'; client: ApiClient }
  | { outcome: 'not-found' }
export type Disabling =
  | { outcome: 'disabled'; client: ApiClient; endedFamilies: number }
  | { outcome: 'disabled-before'; client: ApiClient }
  | { outcome: 'not-found' }

type NewClient = { name: string; scopes: Scope[]; isPublic: boolean; origin: Origin }
type Dependencies = { repositories: Repositories; transact: Transact; clock: Clock }

const ID_BYTES = 16
const SECRET_BYTES = 48

/** The programs that may ask for tokens. Their secrets are shown once and kept as hashes. */
export function createApiClientService({ repositories, transact, clock }: Dependencies) {
  const createSecret = () => `gcs_${randomSecret(SECRET_BYTES)}`

  async function find(id: string): Promise<ApiClient | null> {
    return isClientId(id) ? repositories.clients.find(id) : null
  }

  return {
    /** Disabled ones are found too. */
    find,

    list: (): Promise<ApiClient[]> => repositories.clients.list(),

    /** `secret` can never be read again; null for a public client. */
    async create({ name, scopes, isPublic, origin }: NewClient) {
      const secret = isPublic ? null : createSecret()
      const createdAt = clock.now()
      const client: ApiClient = {
        id: `cli_${randomSecret(ID_BYTES)}`,
        name,
        scopes,
        isPublic,
        createdAt,
        secretRotatedAt: null,
        disabledAt: null,
      }
      const keys = { secretHash: secret && hashSecret(secret) }
      await transact(async (parts) => {
        await parts.clients.insert({ id: client.id, name, scopes, createdAt, ...keys })
        const details = { name, scope: scopes.join(' '), public: isPublic }
        await record(parts, { action: 'client.created', id: client.id, at: createdAt, origin, details })
      })
      return { client, secret }
    },

    /** The old secret stops working at once. */
    async rotateSecret(id: string, origin: Origin): Promise<SecretRotation> {
      const client = await find(id)
      if (!client) return { outcome: 'not-found' }
      const secret = createSecret()
      const now = clock.now()
      const isRotated = await transact(async (parts) => {
        if (!(await parts.clients.replaceSecretHash(id, { secretHash: hashSecret(secret), now })))
          return false
        await record(parts, { action: 'client.secret_rotated', id, at: now, origin })
        return true
      })
      if (isRotated) return { outcome: 'rotated', client: { ...client, secretRotatedAt: now }, secret }
      return { outcome: client.isPublic ? 'public' : 'disabled', client }
    },

    /** Permanent. Ends every family of tokens that it holds. */
    async disable(id: string, origin: Origin): Promise<Disabling> {
      const client = await find(id)
      if (!client) return { outcome: 'not-found' }
      const now = clock.now()
      const endedFamilies = await transact(async (parts) => {
        if (!(await parts.clients.disable(id, now))) return null
        const ended = await parts.tokenFamilies.revokeAllOfClient(id, { reason: 'client-disabled', now })
        await record(parts, { action: 'client.disabled', id, at: now, origin, details: { families: ended } })
        return ended
      })
      if (endedFamilies === null) return { outcome: 'disabled-before', client }
      return { outcome: 'disabled', client: { ...client, disabledAt: now }, endedFamilies }
    },

    /** Null, whatever the reason, when the client cannot be authenticated. A public client that sends a secret has made a mistake. */
    async authenticate({ id, secret }: { id: string; secret: string | null }): Promise<ApiClient | null> {
      const found = isClientId(id) ? await repositories.clients.findWithSecretHash(id) : null
      if (!found || found.disabledAt) return null
      const { secretHash, ...client } = found
      if (secretHash === null || secret === null) return secret === secretHash ? client : null
      return isSameSecret(hashSecret(secret), secretHash) ? client : null
    },
  }
}

type ClientEvent = {
  action: AuditAction
  id: string
  at: Date
  origin: Origin
  details?: Record<string, string | number | boolean>
}

function record({ audit }: Repositories, { id, details, ...event }: ClientEvent) {
  return audit.record({ ...event, actorId: null, subjectId: null, details: { client: id, ...details } })
}
