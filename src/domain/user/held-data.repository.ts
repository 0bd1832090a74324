import type { Database } from '../../platform/database.ts'
import { leaveOutStranger } from '../audit-event/history.ts'
import { heldColumns } from './held-data.ts'
import type { User } from './user.ts'

export type HeldDataRepository = ReturnType<typeof createHeldDataRepository>
/** Page by page: there may be hundreds of thousands. */
export type Rows<R = object> = AsyncIterable<R[]>

const select = <C extends string>(columns: readonly C[]) =>
  Object.fromEntries(columns.map((column) => [column, true])) as Record<C, true>
const oldestFirst = [{ createdAt: 'asc' as const }, { id: 'asc' as const }]
const PAGE = 1_000

export function createHeldDataRepository(database: Database) {
  return {
    /** All that is held of a person, without what opens anything. Null when the account is gone. */
    async find({ id: userId }: Pick<User, 'id'>) {
      const account = await database.user.findUnique({
        where: { id: userId },
        select: {
          ...select(heldColumns.User.shown),
          identities: { select: select(heldColumns.Identity.shown), orderBy: { createdAt: 'asc' } },
          oneTimeLinks: { select: select(heldColumns.OneTimeLink.shown), orderBy: { createdAt: 'asc' } },
        },
      })
      if (!account) return null
      const { identities, oneTimeLinks, ...user } = account
      // Whoever had the address before got other emails.
      const theirs = { recipient: user.email, createdAt: { gte: await findBeginning(userId, user) } }
      const rows = { orderBy: oldestFirst, take: PAGE }
      return {
        user,
        identities,
        oneTimeLinks,
        sessions: readPages((after: Place | null) =>
          database.session.findMany({
            where: { userId, ...beyond(after) },
            select: select(heldColumns.Session.shown),
            ...rows,
          }),
        ),
        tokenFamilies: readPages((after: Place | null) =>
          database.tokenFamily.findMany({
            where: { userId, ...beyond(after) },
            select: select(heldColumns.TokenFamily.shown),
            ...rows,
          }),
        ),
        emails: withoutId(
          readPages((after: Place | null) =>
            database.outgoingMail.findMany({
              where: { AND: [theirs, beyond(after)] },
              select: { ...select(heldColumns.OutgoingMail.shown), id: true },
              ...rows,
            }),
          ),
        ),
        events: listEvents(userId),
      }
    },
  }

  /** When the address that the account has now became its own. */
  async function findBeginning(subjectId: string, { registeredAt }: { registeredAt: Date }): Promise<Date> {
    const where = { subjectId, action: { in: ['user.email_changed', 'user.email_change_undone'] } }
    const { _max } = await database.auditEvent.aggregate({ where, _max: { at: true } })
    return _max.at && _max.at > registeredAt ? _max.at : registeredAt
  }

  async function* listEvents(subjectId: string) {
    const pages = readPages((after: { at: Date; id: string } | null) =>
      database.auditEvent.findMany({
        where: {
          subjectId,
          ...(after && { at: { gte: after.at }, OR: [{ at: { gt: after.at } }, { id: { gt: after.id } }] }),
        },
        select: { ...select(heldColumns.AuditEvent.shown), actorId: true },
        orderBy: [{ at: 'asc' }, { id: 'asc' }],
        take: PAGE,
      }),
    )
    for await (const page of pages)
      yield page.map((event) => {
        const { actorId: _, details, ...told } = leaveOutStranger(event, subjectId)
        return { ...told, details: JSON.parse(details) }
      })
  }
}

type Place = { createdAt: Date; id: string }

/** Every row has exactly one place. */
function beyond(after: Place | null) {
  const { createdAt, id } = after ?? {}
  return after
    ? { createdAt: { gte: createdAt }, OR: [{ createdAt: { gt: createdAt } }, { id: { gt: id } }] }
    : {}
}

async function* readPages<R>(read: (after: R | null) => Promise<R[]>): AsyncGenerator<R[]> {
  let last: R | null = null
  do {
    const page: R[] = await read(last)
    yield page
    last = page.length === PAGE ? (page.at(-1) ?? null) : null
  } while (last)
}

async function* withoutId<R extends { id: string }>(pages: Rows<R>) {
  for await (const page of pages) yield page.map(({ id: _, ...row }) => row)
}
