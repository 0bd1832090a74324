import type { Database } from '../../platform/database.ts'
import { hashSecret } from '../secret.ts'

export type OneTimeLinkRepository = ReturnType<typeof createOneTimeLinkRepository>
export type LinkKind = 'verify-email'
/** What the link proves: that its holder reads this mailbox, for this user. */
export type OneTimeLink = { kind: LinkKind; userId: string; email: string; createdAt: Date; expiresAt: Date }

export function createOneTimeLinkRepository(database: Database) {
  return {
    /** A newer link of a kind replaces the older one of that user. */
    async replace(token: string, { kind, userId, ...link }: OneTimeLink): Promise<void> {
      const data = { ...link, tokenHash: hashSecret(token) }
      await database.oneTimeLink.upsert({
        where: { kind_userId: { kind, userId } },
        create: { ...data, kind, userId },
        update: data,
      })
    },

    /** Looks without using it up: opening a link changes nothing. */
    async find(kind: LinkKind, token: string, now: Date): Promise<OneTimeLink | null> {
      const where = { tokenHash: hashSecret(token), kind, expiresAt: { gt: now } }
      return (await database.oneTimeLink.findFirst({ where })) as OneTimeLink | null
    },

    /** True for exactly one of all who try. */
    async use(kind: LinkKind, token: string, now: Date): Promise<boolean> {
      const { count } = await database.oneTimeLink.deleteMany({
        where: { tokenHash: hashSecret(token), kind, expiresAt: { gt: now } },
      })
      return count === 1
    },

    async deleteAllOfUser(userId: string): Promise<void> {
      await database.oneTimeLink.deleteMany({ where: { userId } })
    },

    async deleteExpired(now: Date, most: number): Promise<number> {
      return (await database.oneTimeLink.deleteMany({ where: { expiresAt: { lt: now } }, limit: most })).count
    },
  }
}
