import { randomUUID } from 'node:crypto'
import { type Database, isTaken } from '../../platform/database.ts'

export type IdentityRepository = ReturnType<typeof createIdentityRepository>
/** A provider's account that a user signs in with. Its key is (provider, subject), never the email address. */
export type Identity = {
  provider: string
  subject: string
  userId: string
  email: string
  createdAt: Date
  lastUsedAt: Date
}
type NewIdentity = Omit<Identity, 'createdAt' | 'lastUsedAt'>
type Key = Pick<Identity, 'provider' | 'subject'>

const publicFields = {
  provider: true,
  subject: true,
  userId: true,
  email: true,
  createdAt: true,
  lastUsedAt: true,
} as const

export function createIdentityRepository(database: Database) {
  async function deleteSome(userId: string, isMeant: (identity: Identity) => boolean): Promise<Identity[]> {
    const linked = await database.identity.findMany({ where: { userId }, select: publicFields })
    const meant = linked.filter(isMeant)
    for (const { provider, subject } of meant)
      await database.identity.deleteMany({ where: { provider, subject, userId } })
    return meant
  }

  return {
    async find({ provider, subject }: Key): Promise<Identity | null> {
      return database.identity.findUnique({
        where: { provider_subject: { provider, subject } },
        select: publicFields,
      })
    },

    async listOfUser(userId: string): Promise<Identity[]> {
      return database.identity.findMany({
        where: { userId },
        select: publicFields,
        orderBy: { createdAt: 'asc' },
      })
    },

    /** False when this provider account is already linked to somebody. */
    async insert(identity: NewIdentity, now: Date): Promise<boolean> {
      try {
        await database.identity.create({
          data: { id: randomUUID(), ...identity, createdAt: now, lastUsedAt: now },
          select: { id: true },
        })
        return true
      } catch (error) {
        if (isTaken(error, 'subject')) return false
        throw error
      }
    },

    /** False when it is not, or no longer, linked to this user. */
    async markUsed(
      { provider, subject, userId }: Key & { userId: string },
      { email, now }: { email: string | null; now: Date },
    ): Promise<boolean> {
      const { count } = await database.identity.updateMany({
        where: { provider, subject, userId },
        data: { ...(email && { email }), lastUsedAt: now },
      })
      return count === 1
    },

    /** Those that have another address than this one. Answers with what they were. */
    deleteForeign: (userId: string, email: string) =>
      deleteSome(userId, (each) => each.email.toLowerCase() !== email),

    /** Those, and what was linked since. */
    deleteDoubtful: (userId: string, { email, since }: { email: string; since: Date }) =>
      deleteSome(userId, (each) => each.email.toLowerCase() !== email || each.createdAt >= since),

    async deleteOfProvider(userId: string, provider: string): Promise<void> {
      await database.identity.deleteMany({ where: { userId, provider } })
    },

    async deleteAllOfUser(userId: string): Promise<void> {
      await database.identity.deleteMany({ where: { userId } })
    },
  }
}
