import type { AuditEvent, Origin } from '../../domain/audit-event/audit-event.ts'
import type { VerificationService } from '../../domain/one-time-link/verification.service.ts'
import type { PasswordService } from '../../domain/password/password.service.ts'
import type { Repositories, Transact } from '../../domain/repositories.ts'
import { earlier, MINUTE_MS, toReadable } from '../../domain/time.ts'
import type { User, UserWithPasswordHash } from '../../domain/user/user.ts'
import type { FieldProblem } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { RegisterForm } from './register.form.ts'

export type RegisterService = ReturnType<typeof createRegisterService>
export type Mode = 'verify-first' | 'open' | 'closed'
/** `proof` belongs to the browser that registered: it saves typing the password once more when the link is opened there. */
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
  verification: VerificationService
  mode: Mode
  loginUrl: string
  clock: Clock
}
type Candidate = Omit<RegisterForm, 'password'> & { passwordHash: string; origin: Origin; now: Date }

/** Within this a second registration of an address is the same one, sent twice. */
const DOUBLE_SUBMIT_MS = MINUTE_MS

export function createRegisterService(dependencies: Dependencies) {
  const { repositories, transact, passwords, verification, mode, loginUrl, clock } = dependencies

  async function findProblems({
    email,
    password,
    username,
    display_name,
  }: RegisterForm): Promise<FieldProblem[]> {
    const [isNameTaken, weakness] = await Promise.all([
      username !== null && repositories.users.isUsernameTaken(username),
      passwords.validateStrength(password, [email, username, display_name]),
    ])
    const taken = {
      field: 'username',
      code: 'username_taken',
      message: 'This username is taken. Choose another one.',
    }
    return [...(weakness ? [{ field: 'password', ...weakness }] : []), ...(isNameTaken ? [taken] : [])]
  }

  /** All or nothing: the user, what happened, and the mail that proves the address. Null when the address is known. */
  function insertUser({ email, username, display_name, passwordHash, origin, now }: Candidate) {
    return transact<UserWithPasswordHash | null>(async (parts, undo) => {
      const user = await parts.users.insert({
        email,
        emailVerifiedAt: null,
        wantedUsername: username,
        displayName: display_name,
        passwordHash,
        now,
      })
      if (!user) return undo(null)
      await recordRegistration(parts, user, { origin, now })
      await verification.sendLink(parts, user)
      return user
    })
  }

  /**
   * Nobody proved the address yet: the newest registration counts, the older password and other ways in are gone. Without
   * room for another mail, the link of the last one stays good.
   */
  function replaceUnproved({ email, username, display_name, passwordHash, origin, now }: Candidate) {
    return transact(async (parts) => {
      const registration = { wantedUsername: username, displayName: display_name, passwordHash, now }
      const registeredBefore = earlier(now, DOUBLE_SUBMIT_MS)
      if (!(await parts.users.replaceRegistration(email, registration, { registeredBefore }))) return
      const user = await parts.users.findByEmail(email)
      if (!user) return
      await parts.identities.deleteAllOfUser(user.id)
      await recordRegistration(parts, user, { origin, now, details: { again: true } })
      if (await verification.hasRoom(parts, user)) await verification.sendLink(parts, user)
    })
  }

  /** The owner of a proved address hears of it by mail, and the visitor learns nothing. */
  async function tellOwner(email: string, now: Date) {
    const owner = await repositories.users.findByEmail(email)
    if (!owner?.emailVerifiedAt) return
    const data = { name: owner.displayName, link: loginUrl, when: toReadable(now) }
    await transact(async (parts) => {
      if ((await parts.users.hold(owner)) && (await verification.hasRoom(parts, owner)))
        await parts.mails.insert(email, { template: 'already-registered', data }, now)
    })
  }

  return {
    mode,
    policy: passwords.policy,
    requirementsText: passwords.requirementsText,

    /** A new address and a known one get the same answer after the same work; only the mail differs. */
    async register(form: RegisterForm, origin: Origin): Promise<Registration> {
      if (mode === 'closed') return { outcome: 'closed' }
      passwords.ensureRoom()
      const problems = await findProblems(form)
      if (problems.length > 0) return { outcome: 'refused', problems }

      const { password, ...rest } = form
      const passwordHash = await passwords.hash(password)
      const candidate = { ...rest, passwordHash, origin, now: clock.now() }
      const user = await insertUser(candidate)
      const proof = verification.toProof(passwordHash)
      if (user && mode === 'open') return { outcome: 'opened', user, proof }
      if (!user && mode === 'open') return { outcome: 'email-taken' }
      if (!user) {
        await replaceUnproved(candidate)
        await tellOwner(form.email, candidate.now)
      }
      return { outcome: 'verification-sent', proof }
    },
  }
}

function recordRegistration(
  { audit }: Repositories,
  { id }: User,
  { now, ...event }: Pick<AuditEvent, 'origin' | 'details'> & { now: Date },
) {
  return audit.record({ at: now, action: 'user.registered', actorId: id, subjectId: id, ...event })
}
