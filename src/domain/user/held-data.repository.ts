import type { Database } from '../../platform/database.ts'
import { leaveOutStranger } from '../audit-event/history.ts'
import { heldColumns } from './held-data.ts'
import type { User } from './user.ts'

export type HeldDataRepository = ReturnType<typeof createHeldDataRepository>

const select = <C extends string>(columns: readonly C[]) =>
  Object.fromEntries(columns.map((column) => [column, true])) as Record<C, true>

export function createHeldDataRepository(database: Database) {
  return {
    /** All that is held of a person, without what opens anything. Null when the account is gone. */
    async find({ id, email }: Pick<User, 'id' | 'email'>) {
      const [user, emails, events] = await Promise.all([
        database.user.findUnique({
          where: { id },
          select: {
            ...select(heldColumns.User.shown),
            sessions: { select: select(heldColumns.Session.shown), orderBy: { createdAt: 'asc' } },
            identities: { select: select(heldColumns.Identity.shown), orderBy: { createdAt: 'asc' } },
            oneTimeLinks: { select: select(heldColumns.OneTimeLink.shown), orderBy: { createdAt: 'asc' } },
            tokenFamilies: { select: select(heldColumns.TokenFamily.shown), orderBy: { createdAt: 'asc' } },
          },
        }),
        database.outgoingMail.findMany({
          where: { recipient: email },
          select: select(heldColumns.OutgoingMail.shown),
          orderBy: { createdAt: 'asc' },
        }),
        database.auditEvent.findMany({
          where: { subjectId: id },
          select: { ...select(heldColumns.AuditEvent.shown), actorId: true },
          orderBy: [{ at: 'asc' }, { id: 'asc' }],
        }),
      ])
      const told = events.map((event) => leaveOutStranger(event, id)).map(({ actorId: _, ...event }) => event)
      return user && { ...user, emails, events: told }
    },
  }
}
