import type { Afterwards } from '../../platform/afterwards.ts'
import type { Clock } from '../../platform/clock.ts'
import type { AuditDetails, Origin } from '../audit-event/audit-event.ts'
import type { TellOwner } from '../notice/tell-owner.ts'
import type { PasswordService } from '../password/password.service.ts'
import type { PasswordProblem } from '../password/password-policy.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { EndedSessions } from '../session/session.ts'
import type { ComeBack } from '../user/come-back.ts'
import type { HandOver } from '../user/hand-over.ts'
import type { User, UserWithPasswordHash } from '../user/user.ts'
import type { OneTimeLink } from './one-time-link.repository.ts'
import type { ResetMails } from './reset-mails.ts'
import type { VerificationService } from './verification.service.ts'

export type PasswordResetService = ReturnType<typeof createPasswordResetService>
export type ResetLinkState =
  /** `isProof`: nobody has proved the address yet, and whoever uses the link does. */
  { outcome: 'usable'; email: string; isProof: boolean } | { outcome: 'expired' }
export type Reset =
  | {
      outcome: 'done'
      user: Pick<UserWithPasswordHash, 'id' | 'email' | 'username' | 'browserEpoch'>
      returnTo: string | null
    }
  | { outcome: 'weak'; email: string; isProof: boolean; problems: PasswordProblem[] }
  | { outcome: 'expired' }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  passwords: PasswordService
  sessions: SessionService
  verification: VerificationService
  handOver: HandOver
  comeBack: ComeBack
  mails: ResetMails
  tellOwner: TellOwner
  sendsMail: boolean
  afterwards: Afterwards
  clock: Clock
}
/** A link that is good, and the account that it was sent for as it is now. */
type Claim = { link: OneTimeLink; user: UserWithPasswordHash }
type Wish = { email: string; returnTo: string | null }
/** `actorId` where it is not asked for at the door: the administrator, null at the command line. */
type Sending = { returnTo: string | null; origin: Origin; actorId?: string | null }
type Change = { passwordHash: string; origin: Origin }
type Verdict = { problems: PasswordProblem[]; passwordHash: string | null }

const KIND = 'reset-password'
const TRIES = 3

/** The way back for whoever reads the mailbox of an account: a link by which a new password is chosen. */
export function createPasswordResetService(dependencies: Dependencies) {
  const { repositories, transact, passwords, sessions, verification, handOver, comeBack } = dependencies
  const { mails, tellOwner, sendsMail, afterwards, clock } = dependencies

  /** False when the mailbox has had enough of them, or the account has changed meanwhile. */
  async function send(user: UserWithPasswordHash, { returnTo, origin, actorId }: Sending): Promise<boolean> {
    const isByAdmin = actorId !== undefined
    if (!user.emailVerifiedAt && (await verification.isInvited(user)))
      return verification.sendAgain(user, isByAdmin ? { actorId, origin } : null)
    const template = await chooseTemplate(user)
    return transact<boolean>(async (parts, undo) => {
      if (!(await parts.users.hold(user))) return undo(false)
      if (!(await mails.sendIfRoom(parts, user, { template, returnTo }))) return undo(false)
      const details: AuditDetails = isByAdmin ? { isByAdmin } : {}
      const event = { at: clock.now(), actorId: actorId ?? null, subjectId: user.id, origin, details }
      await parts.audit.record({ action: 'user.password_reset_requested', ...event })
      return true
    })
  }

  /** Of an account that nobody has proved, the mail names no way in: a stranger may have prepared it. */
  async function chooseTemplate({ id, passwordHash, emailVerifiedAt }: UserWithPasswordHash) {
    if (passwordHash || !emailVerifiedAt) return 'reset-password'
    return (await repositories.identities.listOfUser(id)).length > 0 ? 'set-password' : 'reset-password'
  }

  async function findClaim(token: string): Promise<Claim | null> {
    const link = await repositories.links.find(KIND, token, clock.now())
    const found = link && (await repositories.users.findByIdWithPasswordHash(link.userId))
    const user = await comeBack.ifDue(found)
    return link && user?.isActive && user.email === link.email ? { link, user } : null
  }

  async function judge({ user, link }: Claim, password: string, { ip }: Origin): Promise<Verdict> {
    const { email, username, displayName } = user
    const asker = { ip, account: link.tokenHash }
    return passwords.queueUp(asker, async (place) => {
      const problems = await passwords.findProblems(password, {
        personal: [email, username, displayName],
        asker,
      })
      return { problems, passwordHash: problems.length > 0 ? null : await passwords.hash(password, place) }
    })
  }

  /** All or nothing. False when the account or the link is no longer the one that was judged. */
  async function change({ link, user }: Claim, { passwordHash, origin }: Change): Promise<boolean> {
    const ended = await transact<EndedSessions | null>(async (parts, undo) => {
      if (!(await parts.users.hold(user))) return undo(null)
      if (!(await parts.links.use(link, clock.now()))) return undo(null)
      const changed = user.emailVerifiedAt
        ? await replacePassword(parts, user, { passwordHash, origin })
        : await takeOver(parts, user, { passwordHash, origin })
      return changed ?? undo(null)
    })
    if (ended) await sessions.bury(ended)
    return ended !== null
  }

  /** A Google account with another address than the one that the link went to may be a thief's: it goes, too. */
  async function replacePassword(
    parts: Repositories,
    user: UserWithPasswordHash,
    { passwordHash, origin }: Change,
  ): Promise<EndedSessions | null> {
    if (!(await parts.users.replacePassword(user, passwordHash, { forgetsBrowsers: true }))) return null
    await parts.links.deletePending(user.id)
    const removed = await parts.identities.deleteForeign(user.id, user.email)
    await recordReset(parts, user, { origin, removedGoogle: removed.map(({ email }) => email) })
    if (await parts.deletions.cancel(user.id)) await recordKept(parts, user, origin)
    return sessions.endAllOfUser(parts, { userId: user.id, reason: 'password-reset', origin })
  }

  /** The link proved the address, for nobody but who reads the mailbox: what anybody prepared in the account is gone. */
  async function takeOver(
    parts: Repositories,
    user: UserWithPasswordHash,
    { passwordHash, origin }: Change,
  ): Promise<EndedSessions | null> {
    const heir = { emailVerifiedAt: clock.now(), passwordHash, displayName: null }
    const ended = await handOver(parts, user, { heir, origin })
    if (!ended) return null
    const event = { at: clock.now(), actorId: user.id, subjectId: user.id, origin }
    await parts.audit.record({ action: 'user.email_verified', ...event })
    const owner = { ...user, emailVerifiedAt: heir.emailVerifiedAt.toISOString(), displayName: null }
    await recordReset(parts, owner, { origin, removedGoogle: [] })
    return ended
  }

  async function recordReset(
    parts: Repositories,
    owner: User,
    { origin, removedGoogle }: { origin: Origin; removedGoogle: string[] },
  ): Promise<void> {
    const { id } = owner
    const details: AuditDetails = removedGoogle.length > 0 ? { removedGoogle: removedGoogle.join(', ') } : {}
    const event = { at: clock.now(), actorId: id, subjectId: id, origin, details }
    await parts.audit.record({ action: 'user.password_reset', ...event })
    await tellOwner(parts, owner, { action: 'user.password_reset', ...event })
  }

  async function recordKept(parts: Repositories, owner: User, origin: Origin): Promise<void> {
    const event = { at: clock.now(), actorId: owner.id, subjectId: owner.id, origin }
    await parts.audit.record({ action: 'user.deletion_cancelled', ...event })
    await tellOwner(parts, owner, { action: 'user.deletion_cancelled', ...event })
  }

  return {
    policy: passwords.policy,
    requirementsText: passwords.requirementsText,
    sendsMail,

    /** A link by mail, if the address has an account. The answer is the same for every address, and comes before the work. */
    async request({ email, returnTo }: Wish, origin: Origin): Promise<void> {
      if (!(await repositories.users.isKnown(email))) return
      afterwards.begin('send a reset link', async () => {
        const user = await comeBack.ifDue(await repositories.users.findWithPasswordHash(email))
        if (user?.isActive) await send(user, { returnTo, origin })
      })
    },

    /** On behalf of its owner, by somebody who may know the account: nobody by name at the command line. */
    async sendTo(
      id: string,
      { actor, origin }: { actor: Pick<User, 'id'> | null; origin: Origin },
    ): Promise<'sent' | 'unknown' | 'deactivated' | 'no-mail' | 'too-many'> {
      if (!sendsMail) return 'no-mail'
      const user = await comeBack.ifDue(await repositories.users.findByIdWithPasswordHash(id))
      if (!user) return 'unknown'
      if (!user.isActive) return 'deactivated'
      const isSent = await send(user, { returnTo: null, origin, actorId: actor?.id ?? null })
      return isSent ? 'sent' : 'too-many'
    },

    /** Whether the link is good, and for whom. Uses nothing up. */
    async inspect(token: string): Promise<ResetLinkState> {
      const claim = await findClaim(token)
      return claim ? { outcome: 'usable', ...toFacts(claim) } : { outcome: 'expired' }
    },

    /**
     * Answers when no session and no token from before works any more, in any process. A weak password uses nothing up. An account
     * that changes meanwhile is judged again. Throws `overloaded`.
     */
    async reset({ token, password }: { token: string; password: string }, origin: Origin): Promise<Reset> {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const claim = await findClaim(token)
        if (!claim) return { outcome: 'expired' }
        const { problems, passwordHash } = await judge(claim, password, origin)
        if (passwordHash === null) return { outcome: 'weak', ...toFacts(claim), problems }
        if (!(await change(claim, { passwordHash, origin }))) continue
        const { id, email, username, emailVerifiedAt, browserEpoch } = claim.user
        const user = { id, email, username: emailVerifiedAt && username, browserEpoch: browserEpoch + 1 }
        return { outcome: 'done', user, returnTo: claim.link.returnTo }
      }
      return { outcome: 'expired' }
    },
  }
}

function toFacts({ user: { email, emailVerifiedAt } }: Claim) {
  return { email, isProof: emailVerifiedAt === null }
}
