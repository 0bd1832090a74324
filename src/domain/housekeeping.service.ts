import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Tally } from '../platform/tally.ts'
import type { SealingService } from './audit-event/sealing.service.ts'
import { inBatches } from './batches.ts'
import type { Repositories } from './repositories.ts'
import { createRounds } from './rounds.ts'
import type { SignInHoursService } from './sign-in-hour/sign-in-hours.service.ts'
import { DAY_MS, earlier, HOUR_MS, MINUTE_MS } from './time.ts'
import type { ComeBack } from './user/come-back.ts'
import type { DeletionService } from './user/deletion.service.ts'

export type HousekeepingService = ReturnType<typeof createHousekeepingService>
type Dependencies = {
  repositories: Repositories
  /** Where an address need not be proved, unproved accounts are kept. */
  isProofOptional: boolean
  deletions: Pick<DeletionService, 'finishDue'>
  comeBack: Pick<ComeBack, 'bringBackFew'>
  sealing: SealingService
  signInHours: Pick<SignInHoursService, 'settle'>
  auditKeepMs: number
  tally: Tally
  clock: Clock
  log: Log
}

/** Answers with how many rows it dealt with. */
type Step = (most: number) => Promise<number>

const SWEEPS_EVERY_MS = HOUR_MS
/** What an intruder can still change unseen is no older than this. */
const SEALS_EVERY_MS = MINUTE_MS
/** Soon after the start, but not during it: a portal restarted every hour would otherwise never sweep. */
const FIRST_AFTER_MS = MINUTE_MS
const UNPROVED_LAST_MS = 7 * DAY_MS
const SESSIONS_LAST_MS = 30 * DAY_MS
/** A family remembers all its tokens until its absolute end, so that none is used twice. */
const FAMILIES_LAST_MS = 7 * DAY_MS
const MAILS_LAST_MS = 7 * DAY_MS

/**
 * Deletes what has expired, counts the sign-ins of hours that are over, seals the audit log, and encrypts again what an older
 * SECRET_KEY encrypted. No refusal relies on it: what has expired is refused, swept or not. The database's clock decides what is
 * old, so a process whose clock is wrong deletes nothing.
 */
export function createHousekeepingService({
  repositories,
  isProofOptional,
  deletions,
  comeBack,
  sealing,
  signInHours,
  auditKeepMs,
  tally,
  clock,
  log,
}: Dependencies) {
  const {
    system,
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
  const sweeping = createRounds({
    work: sweepOrSay,
    firstAfterMs: FIRST_AFTER_MS,
    everyMs: SWEEPS_EVERY_MS,
  })
  const sealingAll = createRounds({
    work: sealOrSay,
    firstAfterMs: FIRST_AFTER_MS,
    everyMs: SEALS_EVERY_MS,
  })

  function listSteps(now: Date): Record<string, Step> {
    const familiesBefore = earlier(now, FAMILIES_LAST_MS)
    return {
      'unconfirmed registrations': async (most) =>
        isProofOptional ? 0 : users.deleteUnproved(earlier(now, UNPROVED_LAST_MS), most),
      'accounts to be reactivated': comeBack.bringBackFew,
      'accounts to be deleted': (most) => deletions.finishDue(now, most),
      'refresh tokens': (most) => refreshTokens.deleteExpired(familiesBefore, most),
      'token families': (most) => tokenFamilies.deleteExpired(familiesBefore, most),
      sessions: (most) => sessions.deleteExpired(earlier(now, SESSIONS_LAST_MS), most),
      'sign-ins with a provider': (most) => oauthAttempts.deleteExpired(now, most),
      'one-time links': (most) => links.deleteExpired(now, most),
      'counts of attempts': (most) => attemptCounts.deleteExpired(now, most),
      'signing keys': (most) => signingKeys.deleteGone(now, most),
      'seals of signing keys': () => signingKeys.sealAnew().then(() => 0),
      emails: (most) => mails.deleteOlder(earlier(now, MAILS_LAST_MS), most),
      'sign-ins by the hour': (most) => signInHours.settle(now, most),
      'old hours': (most) => repositories.signInHours.deleteOlder(earlier(now, auditKeepMs), most),
      'audit events without a seal': () => sealing.sealAll().then(() => 0),
      'seals of audit events': () => sealing.signAnew().then(() => 0),
      'audit events': () => sealing.removeOlder(earlier(now, auditKeepMs)).then(() => 0),
    }
  }

  /** A failure does not stop the other sweeps, and is retried next time. */
  async function sweep(): Promise<void> {
    const now = await system.readTime(clock.now())
    let failures = 0
    for (const [what, step] of Object.entries(listSteps(now))) {
      if (sweeping.isClosed()) return
      await inBatches(step).catch((error) => {
        failures++
        log.warn({ err: error, what }, 'could not be swept')
      })
    }
    tally.countSweep(failures > 0 ? 'failed' : 'done')
  }

  async function sweepOrSay() {
    await sweep().catch((error) => {
      tally.countSweep('failed')
      log.warn({ err: error }, 'nothing could be swept: the database did not say what time it is')
    })
  }

  async function sealOrSay() {
    await sealing.sealAll().catch((error) => log.warn({ err: error }, 'audit events could not be sealed yet'))
  }

  return {
    sweep,

    /** Sessions that were over 30 days ago, with their tokens. How many sessions it was. */
    async sweepSessions(): Promise<number> {
      const steps = listSteps(await system.readTime(clock.now()))
      for (const what of ['refresh tokens', 'token families']) await inBatches(steps[what] as Step)
      return inBatches(steps.sessions as Step)
    },

    begin() {
      sweeping.begin()
      sealingAll.begin()
    },
    close() {
      sweeping.close()
      sealingAll.close()
    },
  }
}
