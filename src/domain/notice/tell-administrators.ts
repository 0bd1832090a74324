import type { Clock } from '../../platform/clock.ts'
import type { Repositories } from '../repositories.ts'
import { toReadable } from '../time.ts'
import type { User } from '../user/user.ts'

export type TellAdministrators = ReturnType<typeof createTellAdministrators>
type Dependencies = { baseUrl: string; clock: Clock }

/** Whoever can act as an administrator hears of every new one, also whoever made them one: it may not have been they. */
export function createTellAdministrators({ baseUrl, clock }: Dependencies) {
  /** Call it in the transaction that causes it. `actor` is null at the command line. */
  return async function tellAdministrators(
    { users, userChanges, mails }: Repositories,
    { id, email }: Pick<User, 'id' | 'email'>,
    actor: Pick<User, 'id'> | null,
  ): Promise<void> {
    const now = clock.now()
    const by = actor && (await users.find(actor.id))
    const facts = {
      email,
      by: by?.email ?? null,
      when: toReadable(now),
      link: `${baseUrl}/admin/users/${id}`,
    }
    for (const { displayName: name, ...other } of await userChanges.listAdmins()) {
      if (other.id === id) continue
      await mails.insert(other.email, { template: 'new-administrator', data: { name, ...facts } }, now)
    }
  }
}
