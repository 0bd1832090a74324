import { createHmac } from 'node:crypto'
import type { FieldProblem } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { PasswordService } from '../password/password.service.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { isSameSecret, randomSecret } from '../secret.ts'
import { DAY_MS, earlier, HOUR_MS, later } from '../time.ts'
import type { User, UserWithPasswordHash } from '../user/user.ts'

export type VerificationService = ReturnType<typeof createVerificationService>
/**
 * What the holder of the link can show besides: proofs of this browser, or the password chosen at registration. Who was invited
 * chooses it only now.
 */
export type Evidence = { token: string; proofs: string[]; password: string | null }
/**
 * `password-needed` and `other-browser`: the link alone proves the mailbox, not that its owner is who registered. A stranger
 * may have registered the address; a click must not give that stranger a verified account.
 */
export type Confirmation =
  | { outcome: 'confirmed'; user: User; gotUsername: boolean }
  | { outcome: 'expired' | 'password-needed' | 'wrong-password' | 'other-browser' }
  /** An administrator made the account, so nobody can have prepared anything: `problem` is what to mend, null without a password. */
  | { outcome: 'choose-password'; problem: Pick<FieldProblem, 'code' | 'message'> | null }
export type LinkState = 'usable' | Exclude<Confirmation['outcome'], 'confirmed' | 'wrong-password'>

type Dependencies = {
  repositories: Repositories
  transact: Transact
  passwords: PasswordService
  proofKeys: Buffer[]
  baseUrl: string
  clock: Clock
}

const LINK_LASTS_MS = 3 * DAY_MS
const MAILS_AN_HOUR = 3

/** The link that proves an address. */
export function createVerificationService(dependencies: Dependencies) {
  const { repositories, transact, passwords, proofKeys, baseUrl, clock } = dependencies

  const toProofs = (origin: string) =>
    proofKeys.map((key) => createHmac('sha256', key).update(origin).digest('base64url'))

  /** Makes the link and its mail part of the transaction that causes them. */
  async function sendLink(
    { links, mails }: Repositories,
    { id, email }: User,
    template: 'verify-email' | 'invitation' = 'verify-email',
  ) {
    const now = clock.now()
    const token = randomSecret()
    const link = `${baseUrl}/verify-email?token=${token}`
    await links.replace(token, {
      kind: 'verify-email',
      userId: id,
      email,
      createdAt: now,
      expiresAt: later(now, LINK_LASTS_MS),
    })
    // No name in this mail: whoever registered chose it, and the mailbox may be somebody else's.
    await mails.insert(email, { template, data: { name: null, link, expiresIn: '3 days' } }, now)
  }

  /** To be asked by who holds the user: of many that ask at once, three are told yes. */
  async function hasRoom({ mails }: Repositories, { email }: User) {
    return (await mails.countSince(email, earlier(clock.now(), HOUR_MS))) < MAILS_AN_HOUR
  }

  async function findOwner(token: string): Promise<UserWithPasswordHash | null> {
    const link = await repositories.links.find('verify-email', token, clock.now())
    const user = link && (await repositories.users.findByIdWithPasswordHash(link.userId))
    return user?.email === link?.email ? user : null
  }

  /** Without any way in: an administrator made the account. */
  async function isInvited(id: string): Promise<boolean> {
    if (await repositories.users.hasPassword(id)) return false
    return (await repositories.identities.listOfUser(id)).length === 0
  }

  async function isProved({ id, passwordHash }: UserWithPasswordHash, proofs: string[]) {
    const identities = passwordHash ? [] : await repositories.identities.listOfUser(id)
    const origins = passwordHash
      ? [passwordHash]
      : identities.map(({ provider, subject }) => `${provider} ${subject}`)
    const expected = origins.flatMap(toProofs)
    return proofs.some((proof) => expected.some((each) => isSameSecret(proof, each)))
  }

  async function markConfirmed(
    { links, users, audit }: Repositories,
    { user, token, origin, firstPasswordHash }: Claim,
    { withUsername }: { withUsername: boolean },
  ): Promise<'confirmed' | 'expired' | 'username-taken'> {
    const now = clock.now()
    if (!(await links.use('verify-email', token, now))) return 'expired'
    if (firstPasswordHash && !(await users.setFirstPasswordHash(user.id, firstPasswordHash))) return 'expired'
    if (!(await users.markVerified(user.id, now))) return 'expired'
    if (withUsername && !(await users.claimWantedUsername(user.id))) return 'username-taken'
    const event = { at: now, actorId: user.id, subjectId: user.id, origin }
    await audit.record({ action: 'user.email_verified', ...event })
    return 'confirmed'
  }

  async function confirmClaim(
    claim: Claim,
    { withUsername } = { withUsername: true },
  ): Promise<Confirmation> {
    const outcome = await transact<Awaited<ReturnType<typeof markConfirmed>>>(async (parts, undo) => {
      const outcome = await markConfirmed(parts, claim, { withUsername })
      return outcome === 'confirmed' ? outcome : undo(outcome)
    })
    if (outcome === 'username-taken') return confirmClaim(claim, { withUsername: false })
    if (outcome === 'expired') return { outcome }
    return { outcome, user: claim.user, gotUsername: withUsername }
  }

  async function acceptInvitation(claim: Claim, password: string | null): Promise<Confirmation> {
    if (!password) return { outcome: 'choose-password', problem: null }
    passwords.ensureRoom()
    const { email, username, displayName } = claim.user
    const problem = await passwords.validateStrength(password, [email, username, displayName])
    if (problem) return { outcome: 'choose-password', problem }
    return confirmClaim({ ...claim, firstPasswordHash: await passwords.hash(password) })
  }

  return {
    requirementsText: passwords.requirementsText,
    sendLink,
    hasRoom,

    /** For the browser that registered: `origin` is the password hash, or the provider and subject signed up with. */
    toProof: (origin: string): string => toProofs(origin)[0] ?? '',

    /** A new link, if the address waits for one. The answer is the same for every address. */
    async resend(email: string): Promise<void> {
      const user = await repositories.users.findByEmail(email)
      if (!user || user.emailVerifiedAt) return
      const template = (await isInvited(user.id)) ? 'invitation' : 'verify-email'
      await transact(async (parts) => {
        if ((await parts.users.hold(user)) && (await hasRoom(parts, user)))
          await sendLink(parts, user, template)
      })
    },

    /** What the page of the link should ask for. Uses nothing up. */
    async inspect({ token, proofs }: Omit<Evidence, 'password'>): Promise<LinkState> {
      const user = await findOwner(token)
      if (!user) return 'expired'
      if (await isInvited(user.id)) return 'choose-password'
      if (await isProved(user, proofs)) return 'usable'
      return user.passwordHash ? 'password-needed' : 'other-browser'
    },

    async confirm({ token, proofs, password }: Evidence, origin: Origin): Promise<Confirmation> {
      const user = await findOwner(token)
      if (!user) return { outcome: 'expired' }
      if (await isInvited(user.id)) return acceptInvitation({ user, token, origin }, password)
      if (!(await isProved(user, proofs))) {
        if (!user.passwordHash) return { outcome: 'other-browser' }
        if (!password) return { outcome: 'password-needed' }
        if (!(await passwords.verify(user.passwordHash, password))) return { outcome: 'wrong-password' }
      }
      return confirmClaim({ user, token, origin })
    },
  }
}

type Claim = { user: User; token: string; origin: Origin; firstPasswordHash?: string }
