import { OWN_ACTIONS, toSentence, UNNAMED_CLIENT } from '../../domain/audit-event/event-words.ts'
import { type HistoryPlace, leaveOutStranger, type PastEvent } from '../../domain/audit-event/history.ts'
import type { Repositories } from '../../domain/repositories.ts'
import type { User } from '../../domain/user/user.ts'

export type HistoryService = ReturnType<typeof createHistoryService>
export type HistoryEntry = Pick<PastEvent, 'id' | 'at' | 'action' | 'ip' | 'userAgent'> & {
  text: string
  /** In which place its network address is, where that is known. */
  place: string | null
  by: 'owner' | 'administrator' | 'unknown'
}
type Dependencies = { repositories: Repositories; findPlace(ip: string): string | null }
export type HistoryPage = { entries: HistoryEntry[]; next: HistoryPlace | null }

export function createHistoryService({ repositories: { history, clients }, findPlace }: Dependencies) {
  return {
    /** What happened to this person's account and nobody else's, newest first. `next` is null on the last page. */
    async list(
      { id }: User,
      { after, most }: { after: HistoryPlace | null; most: number },
    ): Promise<HistoryPage> {
      const found = await history.list(id, { actions: OWN_ACTIONS, after, most: most + 1 })
      const events = found.slice(0, most).map((event) => leaveOutStranger(event, id))
      const names = await clients.findNames(events.flatMap(toClientIds))
      const entries = events.map(({ actorId, details, ...event }) => {
        const client = names.get(String(details.client)) ?? UNNAMED_CLIENT
        return {
          ...event,
          text: toSentence(event.action, { details, isByOwner: actorId === id, client }),
          by: toBy(actorId, id),
          place: findPlace(event.ip),
        }
      })
      const last = events.at(-1)
      return { entries, next: found.length > most && last ? { at: last.at, id: last.id } : null }
    },
  }
}

function toClientIds({ details }: PastEvent): string[] {
  return typeof details.client === 'string' ? [details.client] : []
}

function toBy(actorId: string | null, ownerId: string): HistoryEntry['by'] {
  if (actorId === null) return 'unknown'
  return actorId === ownerId ? 'owner' : 'administrator'
}
