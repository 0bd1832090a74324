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
  async function findFirst(where: object, orderBy = {}): Promise<OneTimeLink | null> {
    return (await database.oneTimeLink.findFirst({ where, orderBy })) as OneTimeLink | null
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

    /** Of the links to one mailbox that are good side by side, the oldest. */
    findOldestTo: (kind: LinkKind, { userId, email }: Pick<OneTimeLink, 'userId' | 'email'>, now: Date) =>
      findFirst({ userId, kind, email, expiresAt: { gt: now } }, { createdAt: 'asc' }),

    /** When the newest link of this kind was made; null where there is none. */
    async findNewest(kind: LinkKind, userId: string): Promise<Date | null> {
      const { _max } = await database.oneTimeLink.aggregate({
        where: { kind, userId },
        _max: { createdAt: true },
      })
      return _max.createdAt
    },

    /** Those that went to other mailboxes than this one. */
    async dropElsewhere(
      kind: LinkKind,
      { userId, email }: Pick<OneTimeLink, 'userId' | 'email'>,
    ): Promise<void> {
      await database.oneTimeLink.deleteMany({ where: { kind, userId, email: { not: email } } })
    },

    /** False when there was none. */
    async drop(kind: LinkKind, userId: string): Promise<boolean> {
      return (await database.oneTimeLink.deleteMany({ where: { kind, userId } })).count > 0
    },

    /** Those that went to this mailbox, and those to mailboxes that came after it. */
    async dropSince({ kind, userId, email, createdAt }: OneTimeLink): Promise<void> {
      const since = [{ email }, { createdAt: { gte: createdAt } }]
      await database.oneTimeLink.deleteMany({ where: { kind, userId, OR: since } })
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
