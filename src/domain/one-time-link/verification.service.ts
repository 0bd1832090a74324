import type { Afterwards } from '../../platform/afterwards.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { PasswordService } from '../password/password.service.ts'
import type { PasswordProblem } from '../password/password-policy.ts'
import type { Repositories, Transact } from '../repositories.ts'
import type { SessionService } from '../session/session.service.ts'
import type { SignInMethod } from '../session/session.ts'
import type { ComeBack } from '../user/come-back.ts'
import { isInvited } from '../user/invited.ts'
import type { User, UserWithPasswordHash } from '../user/user.ts'
import type { Welcome } from '../user/welcome.ts'
import type { MailedCodes } from './mailed-codes.ts'
import type { OneTimeLink } from './one-time-link.repository.ts'
import type { RegistrationProofs } from './registration-proofs.ts'
import type { VerificationMails } from './verification-mails.ts'

export type VerificationService = ReturnType<typeof createVerificationService>
/**
 * What else the holder of the link can show: proofs from this browser, or the password chosen at registration. Somebody invited
 * chooses it only now.
 */
export type Evidence = { token: string; proofs: string[]; password: string | null }
/** The mailed code, typed in the browser that registered. A code can be guessed, so it proves nothing anywhere else. */
export type CodeEvidence = { email: string; code: string; proofs: string[] }

/**
 * `password-needed` and `other-browser`: the link proves the mailbox, not that its owner is the one who registered. A stranger
 * may have registered the address; a click must not give that stranger a verified account.
 */
type Refusal =
  | { outcome: 'password-needed' | 'wrong-password' | 'other-browser'; email: string }
  /** An administrator made the account, so nobody can have prepared anything. `problems` are what is wrong with the new password. */
  | { outcome: 'choose-password'; email: string; problems: PasswordProblem[] }
type Confirmed = {
  outcome: 'confirmed'
  user: UserWithPasswordHash
  method: SignInMethod
  returnTo: string | null
  gotUsername: boolean
}
export type Confirmation = Confirmed | Refusal | { outcome: 'expired' }
export type LinkState =
  | { outcome: 'usable' | 'password-needed' | 'choose-password' | 'other-browser'; email: string }
  | { outcome: 'expired' }

type Dependencies = {
  repositories: Repositories
  transact: Transact
  passwords: PasswordService
  sessions: Pick<SessionService, 'showChanged'>
  proofs: RegistrationProofs
  codes: MailedCodes
  mails: VerificationMails
  welcome: Welcome
  comeBack: ComeBack
  afterwards: Afterwards
  clock: Clock
}
/** A valid link, and the account as it was when the link was sent. */
type Claim = { link: OneTimeLink; user: UserWithPasswordHash }
/** The administrator who asks for it. */
type Inviter = { actorId: string | null; origin: Origin }
type Verdict = { outcome: 'granted'; method: SignInMethod; passwordHash?: string } | Refusal

const KIND = 'verify-email'
const TRIES = 3
const noLink = { codeHash: null, tokenHash: '' }
const nobody = { id: 'nobody', passwordHash: null }

/** Proves an address by email. */
export function createVerificationService(dependencies: Dependencies) {
  const { repositories, transact, passwords, sessions, proofs, codes, mails } = dependencies
  const { welcome, comeBack, afterwards, clock } = dependencies

  async function findClaim(token: string): Promise<Claim | null> {
    const link = await repositories.links.find(KIND, token, clock.now())
    const found = link && (await repositories.users.findByIdWithPasswordHash(link.userId))
    const user = await comeBack.ifDue(found)
    return link && user?.isActive && user.email === link.email ? { link, user } : null
  }

  async function judge(
    { user }: Claim,
    { proofs: shown, password }: Evidence,
    { ip }: Origin,
  ): Promise<Verdict> {
    const { email, passwordHash } = user
    if (await isInvited(repositories, user)) return judgeFirstPassword(user, { password: password ?? '', ip })
    if (await proofs.isProved(user, shown)) return { outcome: 'granted', method: 'email' }
    if (!passwordHash) return { outcome: 'other-browser', email }
    if (!password) return { outcome: 'password-needed', email }
    const matches = await passwords.queueUp({ ip, account: email }, (place) =>
      passwords.verify(passwordHash, { name: email, password, place }),
    )
    return matches ? { outcome: 'granted', method: 'password' } : { outcome: 'wrong-password', email }
  }

  async function judgeFirstPassword(
    { email, username, displayName }: UserWithPasswordHash,
    { password, ip }: { password: string; ip: string },
  ): Promise<Verdict> {
    const asker = { ip, account: email }
    return passwords.queueUp(asker, async (place) => {
      const personal = [email, username, displayName]
      const problems = await passwords.findProblems(password, { personal, asker })
      if (problems.length > 0) return { outcome: 'choose-password', email, problems }
      return { outcome: 'granted', method: 'password', passwordHash: await passwords.hash(password, place) }
    })
  }

  /** Null when the account is no longer the one that was judged. Nothing has happened then, and the link still works. */
  async function grant(
    { link, user }: Claim,
    { method, passwordHash }: Extract<Verdict, { outcome: 'granted' }>,
    origin: Origin,
    { withUsername } = { withUsername: true },
  ): Promise<Confirmed | null> {
    const now = clock.now()
    const granted = await transact<UserWithPasswordHash | 'changed' | 'username-taken'>(
      async (parts, undo) => {
        const { users, links, audit } = parts
        if (!(await users.markVerified(user, { now, passwordHash }))) return undo('changed')
        if (!(await links.use(link, now))) return undo('changed')
        if (withUsername && !(await users.claimWantedUsername(user.id))) return undo('username-taken')
        const event = { at: now, actorId: user.id, subjectId: user.id, origin }
        await audit.record({ action: 'user.email_verified', ...event })
        const proved = await users.findByIdWithPasswordHash(user.id)
        if (!proved) return undo('changed')
        await welcome(parts, proved)
        return proved
      },
    )
    if (granted === 'username-taken')
      return grant({ link, user }, { outcome: 'granted', method, passwordHash }, origin, {
        withUsername: false,
      })
    if (granted === 'changed') return null
    await sessions.showChanged(user.id)
    const { returnTo } = link
    return { outcome: 'confirmed', user: granted, method, returnTo, gotUsername: withUsername }
  }

  /** The template says whether the account waits for its registration to be confirmed, or for its first password. */
  async function sendAgain(user: UserWithPasswordHash, by: Inviter | null = null): Promise<boolean> {
    const template = (await isInvited(repositories, user)) ? 'invitation' : 'verify-email'
    const last = await repositories.links.findOfUser(KIND, user.id, clock.now())
    const wish = { template, returnTo: last?.returnTo ?? null } as const
    return transact<boolean>(async (parts) => {
      const isSent = (await parts.users.hold(user)) && (await mails.sendIfRoom(parts, user, wish))
      if (isSent && by) await recordInvitation(parts, user, by)
      return isSent
    })
  }

  async function recordInvitation({ audit }: Repositories, { id }: User, { actorId, origin }: Inviter) {
    const event = { at: clock.now(), actorId, subjectId: id, origin }
    await audit.record({ action: 'user.invitation_sent', ...event })
  }

  return {
    policy: passwords.policy,
    requirementsText: passwords.requirementsText,
    sendsMail: mails.sendsMail,
    isInvited: (user: UserWithPasswordHash) => isInvited(repositories, user),
    sendAgain,

    /** Another email, if the address is waiting for one. The answer is the same for every address, and comes before the work. */
    async resend(email: string): Promise<void> {
      if (!(await repositories.users.isKnown(email))) return
      afterwards.begin('send a new link', async () => {
        const user = await comeBack.ifDue(await repositories.users.findWithPasswordHash(email))
        if (user && !user.emailVerifiedAt && user.isActive) await sendAgain(user)
      })
    },

    /** What the page of the link should ask for. Uses nothing up. */
    async inspect({ token, proofs: shown }: Omit<Evidence, 'password'>): Promise<LinkState> {
      const claim = await findClaim(token)
      if (!claim) return { outcome: 'expired' }
      const { email, passwordHash } = claim.user
      if (await isInvited(repositories, claim.user)) return { outcome: 'choose-password', email }
      if (await proofs.isProved(claim.user, shown)) return { outcome: 'usable', email }
      return { outcome: passwordHash ? 'password-needed' : 'other-browser', email }
    },

    /** By the link. If the account changes meanwhile, it is judged again. */
    async confirm(evidence: Evidence, origin: Origin): Promise<Confirmation> {
      for (let attempt = 0; attempt < TRIES; attempt++) {
        const claim = await findClaim(evidence.token)
        if (!claim) return { outcome: 'expired' }
        const verdict = await judge(claim, evidence, origin)
        if (verdict.outcome !== 'granted') return verdict
        const confirmed = await grant(claim, verdict, origin)
        if (confirmed) return confirmed
      }
      return { outcome: 'expired' }
    },

    /** By the code. Null, after the same work, for a wrong code and for an address that is not waiting for one. */
    async confirmByCode(
      { email, code, proofs: shown }: CodeEvidence,
      origin: Origin,
    ): Promise<Confirmed | null> {
      const user = await comeBack.ifDue(await repositories.users.findWithPasswordHash(email))
      const link = await repositories.links.findOfUser(KIND, (user ?? nobody).id, clock.now())
      const isProved = await proofs.isProved(user ?? nobody, shown)
      const isRight = codes.isRight(code, link ?? noLink)
      if (!user?.isActive || !link || link.email !== email || !isProved || !isRight) return null
      return grant({ link, user }, { outcome: 'granted', method: 'email' }, origin)
    },
  }
}
