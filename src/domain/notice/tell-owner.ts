import type { Clock } from '../../platform/clock.ts'
import type { AuditEvent } from '../audit-event/audit-event.ts'
import { UNNAMED_CLIENT } from '../audit-event/event-words.ts'
import { leaveOutStranger } from '../audit-event/history.ts'
import type { Circumstances, DescribeRequest } from '../outgoing-mail/circumstances.ts'
import type { NoticeData, NoticeLine } from '../outgoing-mail/outgoing-mail.ts'
import type { Repositories } from '../repositories.ts'
import { hashSecret, randomSecret } from '../secret.ts'
import { DAY_MS, later, MINUTE_MS, SECOND_MS } from '../time.ts'
import type { User } from '../user/user.ts'
import { type NoticeAction, toNotice } from './notice-words.ts'

export type TellOwner = ReturnType<typeof createTellOwner>
export type NoticeEvent = Omit<AuditEvent, 'action'> & { action: NoticeAction }
type Dependencies = {
  baseUrl: string
  portalName: string
  describeRequest: DescribeRequest
  clock: Clock
}
type Owner = Pick<User, 'id' | 'email' | 'emailVerifiedAt' | 'displayName'>

/** What one act causes is told in one email. */
const GATHERS_MS = 2 * SECOND_MS
/** What happens within ten minutes of an email is told in the next. */
const APART_MS = 10 * MINUTE_MS
const LINES_AT_MOST = 10
const LINK_LASTS_MS = 7 * DAY_MS

/** Tells the owner of an account what happened to it, by an email that says how to answer "This wasn't me". */
export function createTellOwner({ baseUrl, portalName, describeRequest, clock }: Dependencies) {
  /**
   * Call it in the transaction that causes it, while holding the user's row. An address that nobody has proved is told nothing: it
   * may be a stranger's.
   */
  async function tellOwner(parts: Repositories, owner: Owner, event: NoticeEvent): Promise<void> {
    if (!owner.emailVerifiedAt) return
    const line = await toLine(parts, owner.id, event)
    const last = await findLast(parts, owner)
    const isWaiting = last && last.data.dueAt > clock.now().toISOString()
    if (isWaiting && (await parts.mails.rewrite(last, addLine(last.data, line)))) return
    await write(parts, owner, { line, after: last?.data.dueAt ?? null })
  }

  /** Whoever had the address before is somebody else. */
  async function findLast({ mails }: Repositories, { id, email }: Owner) {
    const last = await mails.findNewest(email, 'account-notice')
    return last?.data.userId === id ? last : null
  }

  /** Every email has a link of its own, which stays good when the next one is sent. */
  async function write(
    { mails, links }: Repositories,
    { id, email, displayName }: Owner,
    { line, after }: { line: NoticeLine; after: string | null },
  ): Promise<void> {
    const now = clock.now()
    const dueAt = new Date(
      Math.max(later(now, GATHERS_MS).getTime(), after ? Date.parse(after) + APART_MS : 0),
    )
    const token = randomSecret()
    const data: NoticeData = {
      userId: id,
      name: displayName,
      lines: [line],
      more: 0,
      link: `${baseUrl}/not-me?token=${token}`,
      expiresIn: '7 days',
      dueAt: dueAt.toISOString(),
    }
    if (!(await mails.insert(email, { template: 'account-notice', data, dueAt }, now))) return
    await links.add({
      tokenHash: hashSecret(token),
      kind: 'disown',
      userId: id,
      email,
      codeHash: null,
      returnTo: null,
      createdAt: now,
      expiresAt: later(now, LINK_LASTS_MS),
    })
  }

  async function toLine(
    { clients }: Repositories,
    ownerId: string,
    { action, actorId, origin, details = {} }: NoticeEvent,
  ): Promise<NoticeLine> {
    const client = await findClientName({ clients }, details.client)
    const isByOwner = actorId === ownerId
    const told = toNotice(action, portalName, { details, isByOwner, client })
    const { when, ...where } = describeRequest(origin)
    const isStrangers = leaveOutStranger({ actorId, ...origin }, ownerId).ip === ''
    return { ...told, when, where: isStrangers ? null : toWhere(where) }
  }

  return tellOwner
}

function addLine({ lines, more, ...data }: NoticeData, line: NoticeLine): NoticeData {
  if (lines.length < LINES_AT_MOST) return { ...data, lines: [...lines, line], more }
  return { ...data, lines: leaveOutOne([...lines, line]), more: more + 1 }
}

/** The first that is told again later, else the newest: nobody buries one thing under many of another kind. */
function leaveOutOne(lines: NoticeLine[]): NoticeLine[] {
  const isToldAgain = ({ title }: NoticeLine, at: number) =>
    lines.slice(at + 1).some((later) => later.title === title)
  return lines.toSpliced(lines.findIndex(isToldAgain), 1)
}

async function findClientName({ clients }: Pick<Repositories, 'clients'>, id: unknown): Promise<string> {
  const names = typeof id === 'string' ? await clients.findNames([id]) : null
  return names?.get(String(id)) ?? UNNAMED_CLIENT
}

function toWhere({ device, ip, place }: Omit<Circumstances, 'when'>): string {
  return `${device}, ${place ? `${place} (${ip})` : ip}`
}
