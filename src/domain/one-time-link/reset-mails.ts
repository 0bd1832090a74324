import type { Clock } from '../../platform/clock.ts'
import type { MailTemplate } from '../outgoing-mail/outgoing-mail.ts'
import type { Repositories } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { earlier, HOUR_MS, later } from '../time.ts'
import type { User } from '../user/user.ts'

export type ResetMails = ReturnType<typeof createResetMails>
type Dependencies = { baseUrl: string; clock: Clock }
type Wish = { template: 'reset-password' | 'set-password'; returnTo: string | null }

const LINK_LASTS_MS = HOUR_MS
const MAILS_AN_HOUR = 3
/** Nothing else takes their place: whoever floods a mailbox otherwise keeps nobody from this way back. */
const COUNTED: MailTemplate[] = ['reset-password', 'set-password']

/** The mails with a link to choose a new password. Each is part of the transaction that causes it. */
export function createResetMails({ baseUrl, clock }: Dependencies) {
  /** To be asked by who holds the user. False where three went out within the hour: then the link of the last one stays good. */
  async function sendIfRoom(
    { links, mails }: Repositories,
    { id, email, emailVerifiedAt, displayName }: User,
    { template, returnTo }: Wish,
  ): Promise<boolean> {
    const now = clock.now()
    if ((await mails.countSince(email, earlier(now, HOUR_MS), COUNTED)) >= MAILS_AN_HOUR) return false
    const token = randomSecret()
    await links.replace({
      tokenHash: hashSecret(token),
      kind: 'reset-password',
      userId: id,
      email,
      codeHash: null,
      returnTo,
      createdAt: now,
      expiresAt: later(now, LINK_LASTS_MS),
    })
    const link = `${baseUrl}/reset-password?token=${token}`
    // Who registered chose the name, and the mailbox may be somebody else's.
    const name = emailVerifiedAt ? displayName : null
    await mails.insert(email, { template, data: { name, link, expiresIn: '1 hour' } }, now)
    return true
  }

  return { sendIfRoom }
}
