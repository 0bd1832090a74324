import type { Clock } from '../../platform/clock.ts'
import type { AuditEvent } from '../audit-event/audit-event.ts'
import type { TellOwner } from '../notice/tell-owner.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { DAY_MS, earlier } from '../time.ts'
import type { UserWithPasswordHash } from '../user/user.ts'
import type { NewSession } from './session.repository.ts'
import type { Browser } from './session.ts'

type Start = { user: UserWithPasswordHash; session: NewSession; browser: Browser }
type StartEvent = AuditEvent & { action: 'session.started' }
export type RecordStart = (start: Start, event: StartEvent) => Promise<void>
type Dependencies = {
  repositories: Repositories
  transact: Transact
  tellOwner: TellOwner
  isSqlite: boolean
  clock: Clock
}

/** Beyond this age an account that shows no sign-in has had some: only what is kept of them has been deleted. */
const YOUNG_MS = 30 * DAY_MS

/** A new session and its audit event, both or neither. From a new device its owner is told of it, too. */
export function createRecordStart(dependencies: Dependencies): RecordStart {
  const { repositories, transact, tellOwner, isSqlite, clock } = dependencies

  /** PostgreSQL does it in one statement. */
  const recordQuietly = isSqlite
    ? (session: NewSession, event: StartEvent) =>
        transact(async ({ sessions, audit }) => {
          await sessions.insert(session)
          await audit.record(event)
        })
    : repositories.sessions.insertWithEvent

  /** Nobody is told of their very first sign-in, nor of a program that comes again from the same place. */
  async function isNews({ user, session, browser }: Start): Promise<boolean> {
    if (browser === 'known' || !user.emailVerifiedAt) return false
    const past = await repositories.sessions.findPast(session)
    const isYoung = new Date(user.createdAt) > earlier(clock.now(), YOUNG_MS)
    const isFirst = isYoung && !past.hasSignedIn
    return !isFirst && !(browser === 'program' && past.isSameProgram)
  }

  return async function recordStart(start, event) {
    const { user, session } = start
    if (!(await isNews(start))) return recordQuietly(session, event)
    const news = { ...event, details: { ...event.details, isNewDevice: true } }
    await transact(async (parts) => {
      const isStillTheirs = await parts.users.hold(user)
      await parts.sessions.insert(session)
      await parts.audit.record(news)
      if (isStillTheirs) await tellOwner(parts, user, news)
    })
  }
}
