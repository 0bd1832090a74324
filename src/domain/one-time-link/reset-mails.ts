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
  /** Ask it while holding the user. False when the mailbox has had enough lately: then the link in the last one is good. */
  async function sendIfRoom(parts: Repositories, user: User, wish: Wish): Promise<boolean> {
    const isRoom = await hasRoom(parts, user, { template: wish.template, now: clock.now() })
    if (isRoom) await send(parts, user, wish)
    return isRoom
  }

  /** However many went out. */
  async function send(parts: Repositories, user: User, { template, returnTo }: Wish): Promise<void> {
    const token = await addLink(parts, user, returnTo)
    const link = `${baseUrl}/reset-password?token=${token}`
    // Who registered chose the name, and the mailbox may be somebody else's.
    const name = user.emailVerifiedAt ? user.displayName : null
    const data = { name, link, expiresIn: '1 hour' }
    await parts.mails.insert(user.email, { template, data }, clock.now())
  }

  /** The token of a link that replaces any earlier one, for nobody but who reads the mailbox. */
  async function addLink({ links }: Repositories, { id, email }: User, returnTo: string | null) {
    const now = clock.now()
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
    return token
  }

  return { sendIfRoom, send, addLink }
}
