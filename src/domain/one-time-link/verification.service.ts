import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { MailContent } from '../outgoing-mail/outgoing-mail.ts'
import type { PasswordService } from '../password/password.service.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { randomSecret } from '../secret.ts'
import { DAY_MS, earlier, HOUR_MS, later } from '../time.ts'
import type { User, UserWithPasswordHash } from '../user/user.ts'

export type VerificationService = ReturnType<typeof createVerificationService>
/** What the holder of the link can show besides: proofs of this browser, or the password chosen at registration. */
export type Evidence = { token: string; proofs: string[]; password: string | null }
/**
 * `password-needed` and `other-browser`: the link alone proves the mailbox, not that its owner is who registered. A stranger
 * may have registered the address; a click must not give that stranger a verified account.
 */
export type Confirmation =
  | { outcome: 'confirmed'; user: User; gotUsername: boolean }
  | { outcome: 'expired' | 'password-needed' | 'wrong-password' | 'other-browser' }
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
  async function sendLink({ links, mails }: Repositories, { id, email }: User) {
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
    await mails.insert(
      email,
      { template: 'verify-email', data: { name: null, link, expiresIn: '3 days' } },
      now,
    )
  }

  async function hasRoom({ mails }: Repositories, email: string) {
    return (await mails.countSince(email, earlier(clock.now(), HOUR_MS))) < MAILS_AN_HOUR
  }

  async function findOwner(token: string): Promise<UserWithPasswordHash | null> {
    const link = await repositories.links.find('verify-email', token, clock.now())
    const user = link && (await repositories.users.findByIdWithPasswordHash(link.userId))
    return user?.email === link?.email ? user : null
  }

  async function isProved({ id, passwordHash }: UserWithPasswordHash, proofs: string[]) {
    const identities = passwordHash ? [] : await repositories.identities.listOfUser(id)
    const origins = passwordHash
      ? [passwordHash]
      : identities.map(({ provider, subject }) => `${provider} ${subject}`)
    const expected = origins.flatMap(toProofs)
    return proofs.some((proof) => expected.some((each) => isSame(proof, each)))
  }

  return {
    sendLink,

    /** For the browser that registered: `origin` is the password hash, or the provider and subject signed up with. */
    toProof: (origin: string): string => toProofs(origin)[0] ?? '',

    /** At most three an hour to one mailbox, whoever asks for them. */
    async sendToMailbox(parts: Repositories, email: string, content: MailContent): Promise<void> {
      if (await hasRoom(parts, email)) await parts.mails.insert(email, content, clock.now())
    },

    /** A new link, if the address waits for one. The answer is the same for every address. */
    async resend(email: string): Promise<void> {
      const user = await repositories.users.findByEmail(email)
      if (!user || user.emailVerifiedAt || !(await hasRoom(repositories, email))) return
      await transact((parts) => sendLink(parts, user))
    },

    /** What the page of the link should ask for. Uses nothing up. */
    async inspect({ token, proofs }: Omit<Evidence, 'password'>): Promise<LinkState> {
      const user = await findOwner(token)
      if (!user) return 'expired'
      if (await isProved(user, proofs)) return 'usable'
      return user.passwordHash ? 'password-needed' : 'other-browser'
    },

    async confirm({ token, proofs, password }: Evidence, origin: Origin): Promise<Confirmation> {
      const user = await findOwner(token)
      if (!user) return { outcome: 'expired' }
      if (!(await isProved(user, proofs))) {
        if (!user.passwordHash) return { outcome: 'other-browser' }
        if (!password) return { outcome: 'password-needed' }
        if (!(await passwords.verify(user.passwordHash, password))) return { outcome: 'wrong-password' }
      }
      const now = clock.now()
      const isConfirmed = await transact(async ({ links, users, audit }) => {
        if (!(await links.use('verify-email', token, now))) return false
        await users.markVerified(user.id, now)
        await audit.record({
          at: now,
          action: 'user.email_verified',
          actorId: user.id,
          subjectId: user.id,
          origin,
        })
        return true
      })
      if (!isConfirmed) return { outcome: 'expired' }
      return {
        outcome: 'confirmed',
        user,
        gotUsername: await repositories.users.claimWantedUsername(user.id),
      }
    },
  }
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
