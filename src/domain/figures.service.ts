import { PortalError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Repositories } from './repositories.ts'
import { SECOND_MS } from './time.ts'

export type FiguresService = ReturnType<typeof createFiguresService>
type Dependencies = { repositories: Pick<Repositories, 'sessions' | 'mails'>; clock: Clock }

const ANSWER_LASTS_MS = 10 * SECOND_MS

/** What the database is asked for those who watch the portal: once in ten seconds, however many watch. Null: it does not answer. */
export function createFiguresService({ repositories: { sessions, mails }, clock }: Dependencies) {
  function remember<T>(read: () => Promise<T>): () => Promise<T | null> {
    let asked: { atMs: number; answer: Promise<T | null> } | null = null
    return () => {
      const atMs = clock.monotonicMs()
      if (!asked || atMs - asked.atMs >= ANSWER_LASTS_MS) asked = { atMs, answer: read().catch(toUnknown) }
      return asked.answer
    }
  }

  return {
    countActiveSessions: remember(() => sessions.countLive(clock.now())),

    /** Ages in seconds; 0 where nothing waits. */
    readEmailBacklog: remember(async () => {
      const now = clock.now()
      const { waiting, oldestAt } = await mails.measureBacklog(now)
      const ageMs = oldestAt ? Math.max(0, now.getTime() - oldestAt.getTime()) : 0
      return { waiting, oldestAgeSeconds: ageMs / SECOND_MS }
    }),
  }
}

function toUnknown(error: unknown): null {
  if (error instanceof PortalError) return null
  throw error
}
