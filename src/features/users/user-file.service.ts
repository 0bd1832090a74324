import type { HistoryPlace, PastEvent } from '../../domain/audit-event/history.ts'
import { ACTIONS, toDetailWords, toTitle } from '../../domain/audit-event/log-words.ts'
import type { IdentityService, ProviderOfUser } from '../../domain/identity/identity.service.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { ListSessions, SessionWithTokens } from '../../domain/session/session-list.ts'
import { isInvited } from '../../domain/user/invited.ts'
import type { ManagedUser } from '../../domain/user/user.ts'

export type UserFileService = ReturnType<typeof createUserFileService>
/** An event of somebody's, in words. `by` is the email of whoever else did it; null for themselves, or nobody known. */
export type FiledEvent = Pick<PastEvent, 'id' | 'at' | 'ip' | 'userAgent'> & {
  text: string
  by: string | null
  place: string | null
}
/** What administrators see of somebody beside the user. `isInvited`: they have yet to choose a password. */
export type UserFile = {
  sessions: SessionWithTokens[]
  identities: ProviderOfUser[]
  hasPassword: boolean
  isInvited: boolean
  deletesAt: Date | null
}
type Dependencies = {
  repositories: Repositories
  listSessions: ListSessions
  identities: Pick<IdentityService, 'list'>
  findPlace(ip: string): string | null
}

/** What the portal knows of one person, for administrators. */
export function createUserFileService({ repositories, listSessions, identities, findPlace }: Dependencies) {
  return {
    async read(user: ManagedUser): Promise<UserFile> {
      const [sessions, all, hasPassword, deletesAt] = await Promise.all([
        listSessions(user),
        identities.list(user),
        repositories.users.hasPassword(user.id),
        repositories.deletions.find(user.id),
      ])
      const linked = all.filter(({ identity }) => identity !== null)
      const isWaiting = !user.emailVerifiedAt && (await isInvited(repositories, { id: user.id, hasPassword }))
      return { sessions, identities: linked, hasPassword, isInvited: isWaiting, deletesAt }
    },

    /** Newest first. `next` is null on the last page. */
    async listEvents(
      { id }: ManagedUser,
      { after, most }: { after: HistoryPlace | null; most: number },
    ): Promise<{ events: FiledEvent[]; next: HistoryPlace | null }> {
      const found = await repositories.history.list(id, { actions: ACTIONS, after, most: most + 1 })
      const events = found.slice(0, most)
      const others = events.flatMap(({ actorId }) => (actorId && actorId !== id ? [actorId] : []))
      const emails = await repositories.userList.findEmails(others)
      const last = events.at(-1)
      return {
        events: events.map(({ action, details, actorId, ...event }) => ({
          ...event,
          text: [toTitle(action), toDetailWords(action, details)].filter(Boolean).join(': '),
          by: emails.get(actorId ?? '') ?? null,
          place: findPlace(event.ip),
        })),
        next: found.length > most && last ? { at: last.at, id: last.id } : null,
      }
    },
  }
}
