import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Repositories } from '../../domain/repositories.ts'
import { hashSecret } from '../../domain/secret.ts'
import type { ComeBack } from '../../domain/user/come-back.ts'
import type { Strain } from '../../domain/user/strain.ts'
import type { Lane, UserWithPasswordHash } from '../../domain/user/user.ts'
import { PortalError } from '../../errors.ts'
import type { Afterwards } from '../../platform/afterwards.ts'
import type { AttemptLimits, Rule } from '../../platform/attempt-limits.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Place } from '../../platform/password-hasher.ts'
import type { Tally } from '../../platform/tally.ts'

export type LoginService = ReturnType<typeof createLoginService>
export type Credentials = { login: string; password: string }
/**
 * `lane` is a browser that has signed in with this name before. Strangers do not use up its attempts. `hasSession`: who asks is
 * signed in already, so the password is not all they show.
 */
export type Attempt = { origin: Origin; lane: Lane | null; hasSession?: boolean }
/** `refused` whether or not it is right: too many guesses were made. */
type Verdict = 'right' | 'wrong' | 'refused'
type Dependencies = {
  repositories: Repositories
  passwords: PasswordService
  limits: AttemptLimits
  strain: Strain
  comeBack: ComeBack
  /** With verify-first registration nobody signs in until the address is proved. */
  unverifiedMayEnter: boolean
  afterwards: Afterwards
  tally: Tally
  clock: Clock
  log: Log
}

const PER_USER: Rule = { name: 'sign-in-user', points: 5, durationSeconds: 300, isForgiven: true }

export function createLoginService({
  repositories,
  passwords,
  limits,
  strain,
  comeBack,
  unverifiedMayEnter,
  afterwards,
  tally,
  clock,
  log,
}: Dependencies) {
  const { users, audit } = repositories

  function mayEnter(user: UserWithPasswordHash) {
    return user.isActive && (unverifiedMayEnter || user.emailVerifiedAt !== null)
  }

  /** A hash made with weaker parameters than today's is replaced, after the answer. */
  function strengthen({ id, passwordHash }: UserWithPasswordHash, password: string) {
    if (!passwordHash || !passwords.needsRehash(passwordHash)) return
    afterwards.begin('strengthen a password hash', async () => {
      await users.replacePasswordHash(id, { from: passwordHash, to: await passwords.hash(password) })
    })
  }

  /**
   * Guesses count for the user, whichever name was typed. Beyond the limit even the right password is refused as wrong, after the
   * same work: "wait" would tell which names belong together, and when a guess was right.
   */
  async function judge(
    user: UserWithPasswordHash | null,
    { login, password }: Credentials,
    { lane, hasSession, place }: Attempt & { place: Place },
  ): Promise<Verdict> {
    const browser = lane && (!user || lane.epoch === user.browserEpoch) ? lane.browser : null
    const key = hashSecret([browser, user ? `user ${user.id}` : `name ${login}`].join(' '))
    const [guess, verified] = await Promise.allSettled([
      limits.reserve([{ rule: PER_USER, key }]),
      passwords.verify(user?.passwordHash ?? null, { name: login, password, place }),
    ])
    if (guess.status === 'rejected') throw guess.reason
    const reservation = guess.value
    const isOver = reservation.waitSeconds !== null
    const wasNoGuess = verified.status === 'rejected' || verified.value
    if (!isOver && wasNoGuess) await reservation.release()
    if (verified.status === 'rejected') throw verified.reason
    if (isOver || !user) return 'refused'
    if (!verified.value) return 'wrong'
    const isKnown = browser !== null || hasSession === true
    return isKnown || !strain.isStrained(user) ? 'right' : 'refused'
  }

  /** It stays counted as a guess, whether or not the event can be recorded. */
  async function recordRefusal(user: UserWithPasswordHash | null, origin: Origin): Promise<void> {
    tally.countSignIn('password', 'refused')
    const [action, at] = ['session.start_refused', clock.now()] as const
    try {
      if (user) await audit.record({ at, action, actorId: null, subjectId: user.id, origin })
      else await audit.count(action, at)
    } catch (error) {
      if (!(error instanceof PortalError)) throw error
      const about = { subject: user?.id ?? null, request_id: origin.requestId }
      log.error({ err: error, ...about }, 'a refused sign-in is missing in the audit log')
    }
  }

  return {
    unverifiedMayEnter,

    /** Null for an unknown name, a wrong password and an account that may not enter alike, after the same amount of work. */
    async authenticate(credentials: Credentials, attempt: Attempt): Promise<UserWithPasswordHash | null> {
      const { login, password } = credentials
      const { origin, lane } = attempt
      // Nobody who floods the name takes turns from a known browser.
      const asker = { ip: origin.ip, account: lane?.browser ?? login }
      const { user, verdict } = await passwords.queueUp(asker, async (place) => {
        const user = await users.findWithPasswordHash(login)
        return { user, verdict: await judge(user, credentials, { ...attempt, place }) }
      })
      const entering = verdict === 'right' ? await comeBack.ifDue(user) : null
      if (entering && mayEnter(entering)) {
        strengthen(entering, password)
        strain.noteRight(entering, origin)
        return entering
      }
      await recordRefusal(user, origin)
      if (user && verdict === 'wrong') strain.noteWrong(user, origin)
      return null
    },
  }
}
