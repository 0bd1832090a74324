import type { Repositories } from '../repositories.ts'
import { DAY_MS, earlier, HOUR_MS, later, MINUTE_MS } from '../time.ts'
import { listHours, type SignInHour, toHour } from './sign-in-hour.ts'

export type SignInHoursService = ReturnType<typeof createSignInHoursService>
type Dependencies = { repositories: Pick<Repositories, 'signInHours'> }

const SHOWN_MS = 30 * DAY_MS
/** Whoever was slow, or has a slow clock, still comes into the hour it happened in. */
const SETTLED_AFTER_MS = 5 * MINUTE_MS
/** So few at a time that no statement takes long. */
const HOURS_AT_ONCE = 4

/** How many signed in, and how many were refused. Hours that are over are counted once; the rest is counted by whoever asks. */
export function createSignInHoursService({ repositories: { signInHours } }: Dependencies) {
  /** Null while nothing has happened. */
  async function findUncounted(now: Date): Promise<Date | null> {
    const since = toHour(earlier(now, SHOWN_MS))
    const last = await signInHours.findLast(now)
    if (last && last >= since) return later(last, HOUR_MS)
    const first = await signInHours.findFirstEvent(since)
    return first && toHour(first)
  }

  async function countAll(from: Date, until: Date): Promise<SignInHour[]> {
    const counted = await signInHours.count({ from, until })
    return listHours(from, until).map(
      (hour) =>
        counted.find((each) => each.hour.getTime() === hour.getTime()) ?? { hour, succeeded: 0, refused: 0 },
    )
  }

  return {
    /** Counts some hours that are over. Returns how many it was, and less than `most` when none is left. */
    async settle(now: Date, most: number): Promise<number> {
      const from = await findUncounted(now)
      const settled = toHour(earlier(now, SETTLED_AFTER_MS))
      if (!from || from >= settled) return 0
      const until = new Date(Math.min(settled.getTime(), later(from, HOURS_AT_ONCE * HOUR_MS).getTime()))
      const hours = await countAll(from, until)
      for (const hour of hours) await signInHours.insert(hour)
      return until < settled ? most : 0
    },

    /** The last thirty days, hour by hour, the present one included. */
    async list(now: Date): Promise<SignInHour[]> {
      const since = toHour(earlier(now, SHOWN_MS - HOUR_MS))
      const settled = await signInHours.listSince(since)
      const from = (await findUncounted(now)) ?? now
      const rest = await signInHours.count({ from, until: later(now, HOUR_MS) })
      const known = new Map([...settled, ...rest].map((each) => [each.hour.getTime(), each]))
      return listHours(since, later(now, 1)).map(
        (hour) => known.get(hour.getTime()) ?? { hour, succeeded: 0, refused: 0 },
      )
    },
  }
}
