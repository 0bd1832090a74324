import type { Database } from '../../platform/database.ts'
import { publicFields } from '../user/user.repository.ts'
import type { User } from '../user/user.ts'
import { readSessionState, type Session } from './session.ts'
import type { SessionWithTokens } from './session-tree.ts'
import type { Grave } from './tombstones.ts'

export type SessionTreeRepository = ReturnType<typeof createSessionTreeRepository>
type SessionKey = { id: string; userId: string }
type FamilyKey = SessionKey & { sessionId: string }

const SESSIONS_AT_MOST = 200

const familyFields = {
  id: true,
  clientId: true,
  scope: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
} as const

/** A user's sessions with the token families that were born from them. Every read and write names the owner. */
export function createSessionTreeRepository(database: Database) {
  async function findNames(clientIds: string[]): Promise<Map<string, string>> {
    const where = { id: { in: clientIds } }
    const clients = await database.apiClient.findMany({ where, select: { id: true, name: true } })
    return new Map(clients.map(({ id, name }) => [id, name]))
  }

  return {
    /** The live ones, newest use first. */
    async list(userId: string, now: Date): Promise<SessionWithTokens[]> {
      const system = await database.system.findUnique({ where: { id: 1 } })
      const isLive = { revokedAt: null, expiresAt: { gt: now } }
      const rows = await database.session.findMany({
        where: { userId, ...isLive, idleExpiresAt: { gt: now } },
        orderBy: [{ lastSeenAt: 'desc' }, { id: 'asc' }],
        take: SESSIONS_AT_MOST,
        include: {
          user: { select: { ...publicFields, sessionEpoch: true } },
          tokenFamilies: { where: isLive, orderBy: { lastUsedAt: 'desc' }, select: familyFields },
        },
        omit: { secretHash: true },
      })
      const names = await findNames(rows.flatMap((row) => row.tokenFamilies.map(({ clientId }) => clientId)))
      const systemEpoch = system?.sessionEpoch ?? new Date(0)
      return rows.flatMap(({ user, tokenFamilies, userEpoch, revokedAt, revokeReason, userId, ...rest }) => {
        const session = rest as Session
        const { sessionEpoch: currentUserEpoch } = user
        const record = { user: user as User, session, userEpoch, currentUserEpoch, systemEpoch, revokedAt }
        if (readSessionState(record, now) !== 'live') return []
        const tokens = tokenFamilies.map((each) => ({
          ...each,
          clientName: names.get(each.clientId) ?? null,
        }))
        return [{ session, tokens }]
      })
    },

    /** What it takes to end it, whatever its state. */
    async findGrave({ id, userId }: SessionKey): Promise<Grave | null> {
      const select = { secretHash: true, expiresAt: true }
      return database.session.findUnique({ where: { id, userId }, select })
    },

    /** False when it had ended before, or never was. */
    async revokeFamily(key: FamilyKey, { reason, now }: { reason: string; now: Date }): Promise<boolean> {
      const { count } = await database.tokenFamily.updateMany({
        where: { ...key, revokedAt: null },
        data: { revokedAt: now, revokeReason: reason },
      })
      return count === 1
    },

    async hasFamily(key: FamilyKey): Promise<boolean> {
      return (await database.tokenFamily.count({ where: key })) > 0
    },
  }
}
