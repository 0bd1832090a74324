import type { AuditEvent, Origin } from '../../domain/audit-event/audit-event.ts'
import type { Identity } from '../../domain/identity/identity.repository.ts'
import { toProviderLabel } from '../../domain/identity/providers.ts'
import type { RegistrationProofs } from '../../domain/one-time-link/registration-proofs.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { VerificationMails } from '../../domain/one-time-link/verification-mails.ts'
import type { DescribeRequest } from '../../domain/outgoing-mail/circumstances.ts'
import { hasRoom } from '../../domain/outgoing-mail/mail-room.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import type { SessionService } from '../../domain/session/session.service.ts'
import { earlier, MINUTE_MS } from '../../domain/time.ts'
import { LONGEST_ADDRESS } from '../../domain/user/email-address.ts'
import type { User, UserWithPasswordHash } from '../../domain/user/user.ts'
import { usernameTaken } from '../../domain/user/username.ts'
import { type FieldProblem, PortalError } from '../../errors.ts'
import type { Asker } from '../../platform/asker.ts'
import type { Clock } from '../../platform/clock.ts'
import type { RegisterForm } from './register.form.ts'

export type RegisterService = ReturnType<typeof createRegisterService>
export type Mode = 'verify-first' | 'open' | 'closed'
/** `proof` is for the browser that registered: there the mailed code counts, and the link needs no password. */
export type Registration =
  | { outcome: 'closed' }
  | { outcome: 'refused'; problems: FieldProblem[] }
  | { outcome: 'verification-sent'; proof: string }
  | { outcome: 'opened'; user: UserWithPasswordHash; proof: string }
  | { outcome: 'email-taken' }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  passwords: PasswordService
  proofs: RegistrationProofs
  mails: VerificationMails
  verification: VerificationService
  sessions: Pick<SessionService, 'showChanged'>
  mode: Mode
  isProofOptional: boolean
  loginUrl: string
  describeRequest: DescribeRequest
  clock: Clock
}
type Wish = RegisterForm & { returnTo: string | null }
type Candidate = Omit<Wish, 'password'> & { passwordHash: string; origin: Origin; now: Date }

/** Within this time a second registration of an address is the same one, sent twice. */
const DOUBLE_SUBMIT_MS = MINUTE_MS
const TRIES = 3

export function createRegisterService(dependencies: Dependencies) {
  const { repositories, transact, passwords, proofs, mails, verification, sessions } = dependencies
  const { mode, isProofOptional, loginUrl, describeRequest, clock } = dependencies

  async function findProblems({ username, ...wish }: Wish, asker: Asker): Promise<FieldProblem[]> {
    const personal = [wish.email, username, wish.display_name]
    const [isNameTaken, weaknesses] = await Promise.all([
      username !== null && repositories.users.isUsernameTaken(username),
      findWeaknesses(wish.password, { personal, asker }),
    ])
    return [...weaknesses, ...(isNameTaken ? [usernameTaken] : [])]
  }

  async function findWeaknesses(
    password: string,
    owner: { personal: (string | null)[]; asker: Asker },
  ): Promise<FieldProblem[]> {
    const weaknesses = await passwords.findProblems(password, owner)
    return weaknesses.map((weakness) => ({ field: 'password', ...weakness }))
  }

  /** The new user, or the one who has the address. Somebody who was faster in between is found on the next try. */
  async function insertOrFind(candidate: Candidate) {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const known = await repositories.users.findWithPasswordHash(candidate.email)
      if (known) return { user: known, isNew: false }
      const user = await insertUser(candidate)
      if (user) return { user, isNew: true }
    }
    throw new PortalError('temporarily_unavailable')
  }

  /** All or nothing: the user, the audit event and the email that proves the address. Null when the address is known. */
  function insertUser({ email, passwordHash, now, ...candidate }: Candidate) {
    const person = { email, emailVerifiedAt: null, ...toNames(candidate), passwordHash, now }
    return transact<UserWithPasswordHash | null>(async (parts, undo) => {
      const user = await parts.users.insert(person)
      if (!user) return undo(null)
      await recordRegistration(parts, user, { origin: candidate.origin, now })
      await mails.send(parts, user, { template: 'verify-email', returnTo: candidate.returnTo })
      return user
    })
  }

  async function registerAgain(known: UserWithPasswordHash, candidate: Candidate): Promise<void> {
    if (known.emailVerifiedAt) return tellOwner(known, candidate)
    if (!known.isActive) return
    if (await verification.isInvited(known)) {
      await verification.sendAgain(known)
      return
    }
    return replaceUnproved(known, candidate)
  }

  /**
   * Nobody has proved the address yet: the newest registration counts, and the older password and other ways in are removed. If
   * the mailbox has had enough emails, the link in the last one stays good; its code belongs to another registration.
   */
  async function replaceUnproved(
    known: UserWithPasswordHash,
    { passwordHash, now, ...candidate }: Candidate,
  ): Promise<void> {
    const registration = { ...toNames(candidate), passwordHash, now }
    const registeredBefore = earlier(now, DOUBLE_SUBMIT_MS)
    const isReplaced = await transact(async (parts, undo) => {
      if (!(await parts.users.replaceRegistration(known, registration, { registeredBefore })))
        return undo(false)
      await parts.identities.deleteAllOfUser(known.id)
      await recordRegistration(parts, known, { origin: candidate.origin, now, details: { again: true } })
      await mails.renew(parts, known, { template: 'verify-email', returnTo: candidate.returnTo })
      return true
    })
    if (isReplaced) await sessions.showChanged(known.id)
  }

  /** The owner of a proved address hears of it, and the visitor learns nothing: it takes about as long as a new registration. */
  async function tellOwner(owner: UserWithPasswordHash, { origin, now }: Candidate) {
    const template = 'already-registered'
    await transact(async (parts) => {
      if (!(await parts.users.hold(owner)) || !(await hasRoom(parts, owner, { template, now }))) return
      const ways = toWays(owner, await parts.identities.listOfUser(owner.id))
      const data = { name: owner.displayName, link: loginUrl, ways, ...describeRequest(origin) }
      await parts.mails.insert(owner.email, { template, data }, now)
      const event = { at: now, actorId: null, subjectId: owner.id, origin }
      await parts.audit.record({ action: 'user.registration_attempted', ...event })
    })
  }

  return {
    mode,
    /** If so, whoever registers where it is open can go on at once. */
    isProofOptional,
    policy: passwords.policy,
    requirementsText: passwords.requirementsText,

    /** Adds what is wrong with the password to everything else, if one was sent that can be judged. */
    async addWeaknesses<Problem extends { field: string }>(
      problems: Problem[],
      { sent, ip }: { sent: unknown; ip: string },
    ): Promise<(Problem | FieldProblem)[]> {
      const { email, password } = (sent ?? {}) as Record<string, unknown>
      const isJudged = typeof password === 'string' && !problems.some(({ field }) => field === 'password')
      // Every word in it is searched for: a hundred thousand characters would hold everybody else up for seconds.
      const personal = typeof email === 'string' && email.length <= LONGEST_ADDRESS ? [email] : []
      const asker = { ip, account: personal[0] ?? '' }
      return [...problems, ...(isJudged ? await findWeaknesses(password, { personal, asker }) : [])]
    },

    /** A new address and a known one get the same answer after the same work; only the email differs. */
    async register(wish: Wish, origin: Origin): Promise<Registration> {
      if (mode === 'closed') return { outcome: 'closed' }
      const asker = { ip: origin.ip, account: wish.email }
      const { password, ...rest } = wish
      const { problems, passwordHash } = await passwords.queueUp(asker, async (place) => {
        const problems = await findProblems(wish, asker)
        return { problems, passwordHash: problems.length > 0 ? null : await passwords.hash(password, place) }
      })
      if (passwordHash === null) return { outcome: 'refused', problems }

      const candidate = { ...rest, passwordHash, origin, now: clock.now() }
      const { user, isNew } = await insertOrFind(candidate)
      const proof = proofs.make(passwordHash)
      if (isNew && mode === 'open') return { outcome: 'opened', user, proof }
      if (!isNew && mode === 'open' && !(await verification.isInvited(user)))
        return { outcome: 'email-taken' }
      if (!isNew) await registerAgain(user, candidate)
      return { outcome: 'verification-sent', proof }
    },
  }
}

/** "your password or Google" */
function toWays({ passwordHash }: UserWithPasswordHash, linked: Identity[]): string | null {
  const providers = new Set(linked.map(({ provider }) => toProviderLabel(provider)))
  const ways = [...(passwordHash === null ? [] : ['your password']), ...providers]
  return ways.length > 0 ? new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(ways) : null
}

function toNames({ username, display_name }: Pick<RegisterForm, 'username' | 'display_name'>) {
  return { wantedUsername: username, displayName: display_name }
}

function recordRegistration(
  { audit }: Repositories,
  { id }: User,
  { now, ...event }: Pick<AuditEvent, 'origin' | 'details'> & { now: Date },
) {
  return audit.record({ at: now, action: 'user.registered', actorId: id, subjectId: id, ...event })
}
