import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
import { hashSecret } from '../secret.ts'

export type OneTimeLinkRepository = ReturnType<typeof createOneTimeLinkRepository>
export type LinkKind =
  | 'verify-email'
  | 'reset-password'
  | 'change-email'
  /** Brings the address back that it was sent to. */
  | 'undo-email-change'
  /** "This wasn't me": ends everything that may be a thief's. */
  | 'disown'
/** What the link proves: that its holder reads this mailbox, for this user. */
export type OneTimeLink = {
  tokenHash: string
  kind: LinkKind
  userId: string
  email: string
  codeHash: string | null
  returnTo: string | null
  createdAt: Date
  expiresAt: Date
}

const ANSWERS: LinkKind[] = ['undo-email-change', 'disown']

export function createOneTimeLinkRepository(database: Database) {
  async function findFirst(where: object): Promise<OneTimeLink | null> {
    return (await database.oneTimeLink.findFirst({ where })) as OneTimeLink | null
  }

  return {
    /** A newer link of a kind replaces the older one of that user. */
    async replace({ kind, userId, ...data }: OneTimeLink): Promise<void> {
      const slot = `${kind} ${userId}`
      await database.oneTimeLink.upsert({
        where: { slot },
        create: { ...data, kind, userId, slot },
        update: data,
      })
    },

    /** The earlier links of its kind stay good. */
    async add(link: OneTimeLink): Promise<void> {
      await database.oneTimeLink.create({ data: link, select: { tokenHash: true } })
    },

    /** Does not use the link up: opening it changes nothing. */
    find: (kind: LinkKind, token: string, now: Date) =>
      findFirst({ tokenHash: hashSecret(token), kind, expiresAt: { gt: now } }),

    findOfUser: (kind: LinkKind, userId: string, now: Date) =>
      findFirst({ userId, kind, expiresAt: { gt: now } }),

    /** True for exactly one caller. */
    async use({ tokenHash, kind }: OneTimeLink, now: Date): Promise<boolean> {
      const { count } = await database.oneTimeLink.deleteMany({
        where: { tokenHash, kind, expiresAt: { gt: now } },
      })
      return count === 1
    },

    /** The link stays good; the code mailed with it stops working. */
    async dropCode(kind: LinkKind, userId: string): Promise<void> {
      await database.oneTimeLink.updateMany({ where: { kind, userId }, data: { codeHash: null } })
    },

    async deleteAllOfUser(userId: string): Promise<void> {
      await database.oneTimeLink.deleteMany({ where: { userId } })
    },

    /** What may be a thief's. What an owner answers a theft with stays good. */
    async deletePending(userId: string): Promise<void> {
      await database.oneTimeLink.deleteMany({ where: { userId, kind: { notIn: ANSWERS } } })
    },

    async deleteExpired(now: Date, most: number): Promise<number> {
      const where = sqlPiece`expires_at < ${now}`
      return deleteFew(database, { table: sqlPiece`one_time_links`, key: sqlPiece`token_hash`, where, most })
    },
  }
}
