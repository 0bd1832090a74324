import type { Clock } from '../../platform/clock.ts'
import type { Repositories } from '../repositories.ts'
import type { User } from './user.ts'

export type Welcome = ReturnType<typeof createWelcome>

/** Once for every account, in the transaction by which its address is proved for the first time. */
export function createWelcome({ baseUrl, clock }: { baseUrl: string; clock: Clock }) {
  return async function welcome({ mails }: Repositories, { email, displayName: name }: User): Promise<void> {
    const data = { name, email, link: `${baseUrl}/account` }
    await mails.insert(email, { template: 'welcome', data }, clock.now())
  }
}
