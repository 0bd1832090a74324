import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { DescribeRequest } from '../outgoing-mail/circumstances.ts'
import type { PasswordChange } from '../outgoing-mail/outgoing-mail.ts'
import type { Repositories } from '../repositories.ts'
import type { User } from '../user/user.ts'

export type PasswordNotice = ReturnType<typeof createPasswordNotice>
type Dependencies = { baseUrl: string; describeRequest: DescribeRequest; clock: Clock }
type Change = { how: PasswordChange; origin: Origin; removedGoogle?: string[] }

/** Whoever changes a password, its owner hears of it, if the address is proved. Part of the transaction of the change. */
export function createPasswordNotice({ baseUrl, describeRequest, clock }: Dependencies) {
  return async function tellOwner(
    { mails }: Repositories,
    { email, emailVerifiedAt, displayName }: Pick<User, 'email' | 'emailVerifiedAt' | 'displayName'>,
    { how, origin, removedGoogle = [] }: Change,
  ): Promise<void> {
    if (!emailVerifiedAt) return
    const data = {
      name: displayName,
      how,
      removedGoogle,
      link: `${baseUrl}/forgot-password`,
      ...describeRequest(origin),
    }
    await mails.insert(email, { template: 'password-changed', data }, clock.now())
  }
}
