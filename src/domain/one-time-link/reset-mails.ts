import type { Clock } from '../../platform/clock.ts'
import { hasRoom } from '../outgoing-mail/mail-room.ts'
import type { Repositories } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { HOUR_MS, later } from '../time.ts'
import type { User } from '../user/user.ts'

export type ResetMails = ReturnType<typeof createResetMails>
type Dependencies = { baseUrl: string; clock: Clock }
type Wish = { template: 'reset-password' | 'set-password'; returnTo: string | null }

const LINK_LASTS_MS = HOUR_MS

/** The mails with a link to choose a new password. Each is part of the transaction that causes it. */
export function createResetMails({ baseUrl, clock }: Dependencies) {
  /** To be asked by who holds the user. False when the mailbox has had enough lately: then the link in the last one is good. */
  async function sendIfRoom(parts: Repositories, user: User, { template, returnTo }: Wish): Promise<boolean> {
    const { links, mails } = parts
    const { id, email, emailVerifiedAt, displayName } = user
    const now = clock.now()
    if (!(await hasRoom(parts, user, { template, now }))) return false
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
