import { PortalError } from '../errors.ts'
import type { Clock } from '../platform/clock.ts'
import type { Repositories } from './repositories.ts'
import type { SignInHoursService } from './sign-in-hour/sign-in-hours.service.ts'
import { DAY_MS, earlier, SECOND_MS } from './time.ts'

export type FiguresService = ReturnType<typeof createFiguresService>
type Dependencies = {
  repositories: Pick<Repositories, 'figures' | 'mails'>
  signInHours: SignInHoursService
  clock: Clock
}

const ANSWER_LASTS_MS = 10 * SECOND_MS
/** A database that is back is asked again soon. One that gave up on a question is not: that has cost it long. */
const SILENCE_LASTS_MS = SECOND_MS
/** What takes the database long is asked so much more rarely: all of it together is about a hundredth of its time. */
const LASTS_TIMES_AS_LONG = 100

/**
 * What the database is asked for those who watch the portal: every ten seconds at most, however many watch. Null: it does not
 * answer. Ages and lifetimes are in seconds.
 */
export function createFiguresService({ repositories: { figures, mails }, signInHours, clock }: Dependencies) {
  function remember<T>(read: (now: Date) => Promise<T>): () => Promise<T | null> {
    let asked: { answer: Promise<T | null>; untilMs: number } | null = null
    return () => {
      if (!asked || clock.monotonicMs() >= asked.untilMs) asked = ask(read)
      return asked.answer
    }
  }

  function ask<T>(read: (now: Date) => Promise<T>) {
    const beganAtMs = clock.monotonicMs()
    const asked = { answer: read(clock.now()).catch(toUnknown), untilMs: beganAtMs + ANSWER_LASTS_MS }
    const lengthen = (answer: T | null) => {
      const tookMs = clock.monotonicMs() - beganAtMs
      const leastMs = answer === null ? SILENCE_LASTS_MS : ANSWER_LASTS_MS
      asked.untilMs = beganAtMs + Math.max(leastMs, tookMs * LASTS_TIMES_AS_LONG)
    }
    asked.answer.then(lengthen, () => {})
    return asked
  }

  return {
    countUsers: remember(() => figures.countUsers()),
    countActiveSessions: remember(figures.countLiveSessions),

    /** Ages in seconds; 0 where nothing waits. */
    readEmailBacklog: remember(async (now) => {
      const { waiting, oldestAt } = await mails.measureBacklog(now)
      const ageMs = oldestAt ? Math.max(0, now.getTime() - oldestAt.getTime()) : 0
      return { waiting, oldestAgeSeconds: ageMs / SECOND_MS }
    }),

    /** Thirty days, hour by hour. */
    listSignIns: remember(signInHours.list),

    /** How long programs go on refreshing: from the exchange to the last use, of what was used within a week. Null in it: nothing was. */
    averageRefreshing: remember(async (now) => ({
      seconds: await figures.averageRefreshing(earlier(now, 7 * DAY_MS)),
    })),

    /** The client address that most people signed in from within a day. */
    findBusiestAddress: remember((now) => figures.findBusiestAddress(earlier(now, DAY_MS))),
  }
}

function toUnknown(error: unknown): null {
  if (error instanceof PortalError) return null
  throw error
}
