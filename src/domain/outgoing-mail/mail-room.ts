import type { LinkKind } from '../one-time-link/one-time-link.repository.ts'
import type { Repositories } from '../repositories.ts'
import { DAY_MS, earlier, HOUR_MS } from '../time.ts'
import type { User } from '../user/user.ts'
import type { MailTemplate } from './outgoing-mail.ts'

type Door = 'registration' | 'reset' | 'move'
/** `hasLink`: whether a link of theirs works that was mailed before; looked up where it is not said. */
type Asked = { template: MailTemplate; now: Date; hasLink?: boolean }

const AN_HOUR = 3
const A_DAY = 8
/** For whoever has no link that works. A reset link works for an hour, so it is enough for one in every hour. */
const A_DAY_AT_MOST = 30

/**
 * The emails that somebody who has proved nothing can have sent to any mailbox, by the door they come from. Each door has room of
 * its own, so that a flood at one keeps nobody from the other. Null: only who has proved something causes it, or it is sent once.
 */
const doors: Record<MailTemplate, Door | null> = {
  'verify-email': 'registration',
  invitation: 'registration',
  'already-registered': 'registration',
  'reset-password': 'reset',
  'set-password': 'reset',
  welcome: null,
  'change-email': 'move',
  'email-wanted': 'move',
  'email-change-asked': null,
  'email-changed': null,
  'email-change-undone': null,
  'many-wrong-passwords': null,
  'account-notice': null,
  'deletion-requested': null,
  'account-deleted': null,
  'new-administrator': null,
  'google-took-over': null,
  'refresh-token-reused': null,
}

/** The link that the emails of a door carry. */
const links: Record<Door, LinkKind> = {
  registration: 'verify-email',
  reset: 'reset-password',
  move: 'change-email',
}
/** They open nothing, so nobody waits for them. */
const withoutLink: MailTemplate[] = ['already-registered', 'email-wanted']

/**
 * Three an hour and eight a day for each door; beyond that, only for whoever has no link that works. So a mailbox that strangers
 * have filled always holds a good one. Ask it while holding the row of the user.
 */
export async function hasRoom(
  parts: Repositories,
  user: Pick<User, 'id' | 'email'>,
  { template, now, hasLink }: Asked,
): Promise<boolean> {
  const door = doors[template]
  if (!door) return true
  const ofDoor = (Object.keys(doors) as MailTemplate[]).filter((each) => doors[each] === door)
  const times = await parts.mails.listTimesSince(user.email, earlier(now, DAY_MS), ofDoor)
  const anHourAgo = earlier(now, HOUR_MS)
  if (times.filter((at) => at >= anHourAgo).length >= AN_HOUR) return false
  const today = times.length
  if (today < A_DAY || withoutLink.includes(template)) return today < A_DAY
  return today < A_DAY_AT_MOST && !(hasLink ?? (await parts.links.findOfUser(links[door], user.id, now)))
}
