import type { Afterwards } from '../../platform/afterwards.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { TellOwner } from '../notice/tell-owner.ts'
import type { Transact } from '../repositories.ts'
import { toReadable } from '../time.ts'
import type { UserWithPasswordHash } from './user.ts'

export type Strain = ReturnType<typeof createStrain>
type Dependencies = {
  transact: Transact
  tellOwner: TellOwner
  baseUrl: string
  /** Without, nobody could be sent the way back: then there is no such limit. */
  sendsMail: boolean
  afterwards: Afterwards
  clock: Clock
}

/** NIST SP 800-63B-4 §3.2.2. */
const WRONG_IN_A_ROW = 100
/** One is a slip of the finger. */
const WORTH_TELLING = 2
/** Long enough for an answer to be read: on SQLite a write holds up the whole process. */
const ANSWER_IS_READ_MS = 50

/**
 * After so many wrong passwords in a row the password alone opens the account nowhere but in browsers that have signed in before,
 * until a new one is chosen with a mailed link.
 */
export function createStrain({ transact, tellOwner, baseUrl, sendsMail, afterwards, clock }: Dependencies) {
  /** The one that makes it too many is recorded, and the owner told: once, until a new password is chosen. */
  async function count(user: UserWithPasswordHash, origin: Origin): Promise<void> {
    await clock.wait(ANSWER_IS_READ_MS)
    await transact(async ({ users, audit, mails }) => {
      if ((await users.countWrongPassword(user)) !== WRONG_IN_A_ROW) return
      const now = clock.now()
      const event = { at: now, actorId: null, subjectId: user.id, origin }
      await audit.record({ action: 'user.password_strained', ...event })
      const data = { name: user.displayName, when: toReadable(now), link: `${baseUrl}/forgot-password` }
      if (user.emailVerifiedAt)
        await mails.insert(user.email, { template: 'many-wrong-passwords', data }, now)
    })
  }

  /** They count until they are forgotten, and its owner hears of them, in one transaction. */
  async function forget(user: UserWithPasswordHash, origin: Origin): Promise<void> {
    await transact(async (parts) => {
      if (!(await parts.users.forgetWrongPasswords(user, { fewerThan: WRONG_IN_A_ROW }))) return
      const { id, failedSignIns: count } = user
      if (count < WORTH_TELLING) return
      const event = { at: clock.now(), actorId: null, subjectId: id, origin, details: { count } }
      await parts.audit.record({ action: 'user.wrong_passwords', ...event })
      await tellOwner(parts, user, { action: 'user.wrong_passwords', ...event })
    })
  }

  return {
    isStrained: ({ failedSignIns }: UserWithPasswordHash): boolean =>
      sendsMail && failedSignIns >= WRONG_IN_A_ROW,

    /** After the answer, so that its time tells nothing. */
    noteWrong(user: UserWithPasswordHash, origin: Origin): void {
      if (user.passwordHash) afterwards.begin('count a wrong password', () => count(user, origin))
    },

    noteRight(user: UserWithPasswordHash, origin: Origin): void {
      if (user.failedSignIns > 0) afterwards.begin('forget wrong passwords', () => forget(user, origin))
    },
  }
}
