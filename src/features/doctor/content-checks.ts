import type { Repositories } from '../../domain/repositories.ts'
import { findSigner, readKeyState } from '../../domain/signing-key/signing-key.ts'
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts'
import type { Clock } from '../../platform/clock.ts'
import type { SessionCopies } from '../../platform/session-copies.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

export type ContentChecks = ReturnType<typeof createContentChecks>
type Dependencies = {
  repositories: Pick<Repositories, 'signingKeys' | 'mails' | 'sessions'>
  copies: Pick<SessionCopies<unknown>, 'scan' | 'drop'> | null
  keys: { isSharedSecret: boolean; rotationMs: number }
  clock: Clock
}

const BACKLOG_WARNS_MS = 15 * MINUTE_MS

/** What the portal holds. The database has to be up to date. */
export function createContentChecks({ repositories, copies, keys, clock }: Dependencies) {
  const { signingKeys, mails, sessions } = repositories

  async function checkKeys(): Promise<Finding[]> {
    if (keys.isSharedSecret) return [ok('keys', 'JWT_SECRET_KEY signs access tokens.')]
    const now = clock.now()
    const { keys: opened, sealed } = await signingKeys.listWithPrivateJwk()
    if (sealed.length > 0)
      return [
        problem(
          'keys',
          `${sealed.length} of ${sealed.length + opened.length} signing keys cannot be opened with this SECRET_KEY.`,
          'Add the earlier one to SECRET_KEY, after a comma, or run "gatehouse keys rotate --now".',
        ),
      ]
    const signer = findSigner(opened, now)
    if (!signer) return [ok('keys', 'there are none yet: the portal makes the first one when it starts.')]
    const ageDays = Math.floor((now.getTime() - signer.activeFrom.getTime()) / DAY_MS)
    const states = opened.map((key) => readKeyState(key, now)).join(', ')
    const says = `${opened.length} can be opened (${states}); the one that signs has done so for ${ageDays} days.`
    const isOld = ageDays * DAY_MS > keys.rotationMs + DAY_MS
    return [
      isOld ? warning('keys', says, 'A portal that runs rotates them: is there one?') : ok('keys', says),
    ]
  }

  async function checkMails(): Promise<Finding[]> {
    const now = clock.now()
    const [{ waiting, oldestAt }, givenUp] = await Promise.all([
      mails.measureBacklog(now),
      mails.countGivenUp(),
    ])
    const isLate = oldestAt !== null && now.getTime() - oldestAt.getTime() > BACKLOG_WARNS_MS
    const backlog = isLate
      ? warning(
          'emails',
          `${waiting} are waiting, the oldest since ${oldestAt.toISOString()}.`,
          'Check that the portal runs, and the mail server.',
        )
      : ok('emails', `${waiting} are waiting.`)
    if (givenUp === 0) return [backlog]
    const look = 'See why at /admin/mail, and send again what is still wanted.'
    return [backlog, warning('emails', `${givenUp} were given up in the last seven days.`, look)]
  }

  /** Those that SQL does not know as live; they are believed only while it is away. */
  async function checkCopies({ fixes }: { fixes: boolean }): Promise<Finding[]> {
    if (!copies) return []
    let all = 0
    let ended = 0
    let left = 0
    for await (const hashes of copies.scan()) {
      const live = new Set(await sessions.listLiveAmong(hashes, clock.now()))
      const over = hashes.filter((hash) => !live.has(hash))
      all += hashes.length
      ended += over.length
      for (const hash of over) if (!fixes || !(await copies.drop(hash))) left++
    }
    if (left === 0) {
      const fixed = ended > 0 ? ` ${ended} of sessions that have ended were dropped.` : ''
      return [ok('copies', `Redis holds copies of ${all - ended} sessions, all of them live.${fixed}`)]
    }
    const says = `${left} of ${all} copies in Redis are of sessions that have ended. They count only while the database is away, and for 15 minutes at most.`
    return [warning('copies', says, 'Run "gatehouse doctor --fix" to drop them.')]
  }

  return {
    examine: async (options: { fixes: boolean }): Promise<Finding[]> => [
      ...(await checkKeys()),
      ...(await checkMails()),
      ...(await checkCopies(options)),
    ],
  }
}
