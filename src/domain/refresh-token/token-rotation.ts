import type { Clock } from '../../platform/clock.ts'
import type { Encryption } from '../../platform/encryption.ts'
import { FIRST_PARTY_ID } from '../api-client/api-client.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { DescribeRequest } from '../outgoing-mail/circumstances.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import {
  type FamilyRecord,
  isFamilyLive,
  isWithinGrace,
  type Rotation,
  type TokenRecord,
} from './refresh-token.ts'

export type TokenRotation = ReturnType<typeof createTokenRotation>
export type Presented = { token: string; clientId: string; origin: Origin }
export type Successor = FamilyRecord & { refreshToken: string }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  isSqlite: boolean
  /** Its key is derived from the token, so only the token itself opens what the database holds. */
  sealWith(token: string): Encryption
  graceMs: number
  accountUrl: string
  describeRequest: DescribeRequest
  clock: Clock
}

const TOKEN_BYTES = 48

export const makeToken = () => `r_${randomSecret(TOKEN_BYTES)}`

/** One successor for each token, whoever presents it and however often (RFC 9700 §4.14.2). */
export function createTokenRotation(dependencies: Dependencies) {
  const { repositories, transact, isSqlite, sealWith, graceMs, accountUrl } = dependencies
  const { describeRequest, clock } = dependencies

  const rotateOnce = (rotation: Rotation) =>
    isSqlite
      ? transact(({ refreshTokens }) => refreshTokens.rotate(rotation))
      : repositories.refreshTokens.rotateAtOnce(rotation)

  /** Null for a token that is not, or no longer, good. Using one again ends its family. */
  async function rotate({ token, clientId, origin }: Presented): Promise<Successor | null> {
    const now = clock.now()
    const tokenHash = hashSecret(token)
    const successor = makeToken()
    const sealedSuccessor = sealWith(token).encrypt(successor, placeOf(tokenHash))
    const successorHash = hashSecret(successor)
    const rotated = await rotateOnce({ tokenHash, clientId, successorHash, sealedSuccessor, now })
    if (rotated) return { ...touched(rotated, now), refreshToken: successor }

    const record = await repositories.refreshTokens.find(tokenHash)
    const isAnotherUse = record?.usedAt && record.family.clientId === clientId && isFamilyLive(record, now)
    if (!isAnotherUse) return null
    const again = isWithinGrace(record, { graceMs, now }) ? await findUnusedSuccessor(token, record) : null
    if (!again) await endReused(record, origin)
    return again
  }

  async function findUnusedSuccessor(token: string, { successor }: TokenRecord): Promise<Successor | null> {
    const refreshToken = successor && sealWith(token).decrypt(successor, placeOf(hashSecret(token)))
    const record = refreshToken && (await repositories.refreshTokens.find(hashSecret(refreshToken)))
    return record && record.usedAt === null ? { ...record, refreshToken } : null
  }

  async function endReused({ family, owner: { user } }: FamilyRecord, origin: Origin): Promise<void> {
    const now = clock.now()
    const { id, clientId, sessionId } = family
    await transact(async ({ tokenFamilies, clients, audit, mails }) => {
      if (!(await tokenFamilies.revoke(id, { reason: 'reused', now }))) return
      const details = { family: id, client: clientId, session: sessionId }
      const event = { at: now, actorId: null, subjectId: user.id, origin, details }
      await audit.record({ action: 'token.reuse_detected', ...event })
      if (!user.emailVerifiedAt) return
      const isNamed = clientId !== FIRST_PARTY_ID
      const client = isNamed ? ((await clients.findNames([clientId])).get(clientId) ?? clientId) : null
      const data = { name: user.displayName, client, link: accountUrl, ...describeRequest(origin) }
      await mails.insert(user.email, { template: 'refresh-token-reused', data }, now)
    })
  }

  return { rotate }
}

function touched(record: FamilyRecord, now: Date): FamilyRecord {
  return { ...record, family: { ...record.family, lastUsedAt: now } }
}

function placeOf(tokenHash: string) {
  return { table: 'refresh_tokens', column: 'successor', row: tokenHash }
}
