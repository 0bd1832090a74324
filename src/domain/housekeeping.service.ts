import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Repositories } from './repositories.ts'
import { DAY_MS, earlier, HOUR_MS } from './time.ts'

export type HousekeepingService = ReturnType<typeof createHousekeepingService>
/** Where an address need not be proved, accounts stay without. */
type Dependencies = { repositories: Repositories; isProofOptional: boolean; clock: Clock; log: Log }

const EVERY_MS = HOUR_MS
const UNPROVED_LAST_MS = 7 * DAY_MS
const SESSIONS_LAST_MS = 30 * DAY_MS
/** Until its absolute end a family remembers every token it had, so that none of them is used twice. */
const FAMILIES_LAST_MS = 7 * DAY_MS
const MAILS_LAST_MS = 7 * DAY_MS
/** Few at a time, so that nobody has to wait behind a long delete. */
const BATCH = 500

/**
 * Throws away what has had its time, and encrypts anew what an older SECRET_KEY did. No refusal relies on it: what is expired is
 * refused by its time, swept or not.
 */
export function createHousekeepingService({ repositories, isProofOptional, clock, log }: Dependencies) {
  const {
    users,
    sessions,
    tokenFamilies,
    refreshTokens,
    oauthAttempts,
    links,
    mails,
    attemptCounts,
    signingKeys,
  } = repositories
  let timer: NodeJS.Timeout | null = null

  async function sweep(): Promise<void> {
    const now = clock.now()
    if (!isProofOptional)
      await inBatches((most) => users.deleteUnproved(earlier(now, UNPROVED_LAST_MS), most))
    await inBatches((most) => refreshTokens.deleteExpired(earlier(now, FAMILIES_LAST_MS), most))
    await inBatches((most) => tokenFamilies.deleteExpired(earlier(now, FAMILIES_LAST_MS), most))
    await inBatches((most) => sessions.deleteExpired(earlier(now, SESSIONS_LAST_MS), most))
    await inBatches((most) => oauthAttempts.deleteExpired(now, most))
    await inBatches((most) => links.deleteExpired(now, most))
    await inBatches((most) => attemptCounts.deleteExpired(now, most))
    await inBatches((most) => signingKeys.deleteGone(now, most))
    await signingKeys.sealAnew()
    await inBatches((most) => mails.deleteOlder(earlier(now, MAILS_LAST_MS), most))
  }

  function sweepAndLog() {
    sweep().catch((error) => log.warn({ err: error }, 'the sweeping of expired rows was cut short'))
  }

  return {
    sweep,
    begin() {
      timer = setInterval(sweepAndLog, EVERY_MS).unref()
    },
    close() {
      if (timer) clearInterval(timer)
    },
  }
}

async function inBatches(remove: (most: number) => Promise<number>): Promise<void> {
  for (let removed = BATCH; removed === BATCH; ) removed = await remove(BATCH)
}
