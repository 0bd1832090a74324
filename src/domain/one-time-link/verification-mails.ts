import type { Clock } from '../../platform/clock.ts'
import { hasRoom } from '../outgoing-mail/mail-room.ts'
import type { Repositories } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { DAY_MS, later } from '../time.ts'
import type { User } from '../user/user.ts'
import type { MailedCodes } from './mailed-codes.ts'

export type VerificationMails = ReturnType<typeof createVerificationMails>
type Dependencies = { codes: MailedCodes; baseUrl: string; sendsMail: boolean; clock: Clock }
type Wish = { template: 'verify-email' | 'invitation'; returnTo: string | null }

const LINK_LASTS_MS = 3 * DAY_MS

/** The emails that prove an address. Each is written in the transaction that causes it. */
export function createVerificationMails({ codes, baseUrl, sendsMail, clock }: Dependencies) {
  async function send({ links, mails }: Repositories, { id, email }: User, { template, returnTo }: Wish) {
    const now = clock.now()
    const token = randomSecret()
    const tokenHash = hashSecret(token)
    const code = template === 'verify-email' ? codes.make() : null
    const link = `${baseUrl}/verify-email?token=${token}`
    // No name in this email: the person who registered chose it, and the mailbox may be somebody else's.
    const data = { name: null, link, code, expiresIn: '3 days' }
    if (!(await mails.insert(email, { template, data }, now))) return
    await links.replace({
      tokenHash,
      kind: 'verify-email',
      userId: id,
      email,
      codeHash: code && codes.hash(code, tokenHash),
      returnTo,
      createdAt: now,
      expiresAt: later(now, LINK_LASTS_MS),
    })
  }

  /** False when the mailbox has had enough emails lately; the link in the last one stays good. */
  async function sendIfRoom(parts: Repositories, user: User, wish: Wish): Promise<boolean> {
    const isRoom = await hasRoom(parts, user, { template: wish.template, now: clock.now() })
    if (isRoom) await send(parts, user, wish)
    return isRoom
  }

  /** The account was registered again: an earlier code belongs to another registration, but the link still belongs to the mailbox's owner. */
  async function renew(parts: Repositories, user: User, wish: Wish): Promise<void> {
    if (!(await sendIfRoom(parts, user, wish))) await parts.links.dropCode('verify-email', user.id)
  }

  return { sendsMail, send, sendIfRoom, renew }
}
