import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { DescribeRequest } from '../outgoing-mail/circumstances.ts'
import type { Repositories } from '../repositories.ts'
import type { User } from '../user/user.ts'
import type { Identity } from './identity.repository.ts'
import { toProviderLabel } from './providers.ts'

export type IdentityNotice = ReturnType<typeof createIdentityNotice>
type Dependencies = { baseUrl: string; describeRequest: DescribeRequest; clock: Clock }
type Change = {
  how: 'linked' | 'unlinked'
  identity: Pick<Identity, 'provider' | 'email'>
  origin: Origin
}

/** A new way in, or one less, is on record, and its owner hears of it if the address is proved. Part of the transaction of the change. */
export function createIdentityNotice({ baseUrl, describeRequest, clock }: Dependencies) {
  return async function tellOwner(
    { audit, mails }: Repositories,
    { id, email, emailVerifiedAt, displayName }: User,
    { how, identity, origin }: Change,
  ): Promise<void> {
    const now = clock.now()
    const event = { at: now, actorId: id, subjectId: id, origin, details: { provider: identity.provider } }
    await audit.record({ action: `identity.${how}`, ...event })
    if (!emailVerifiedAt) return
    const data = {
      name: displayName,
      provider: toProviderLabel(identity.provider),
      account: identity.email,
      link: `${baseUrl}/account/identities`,
      ...describeRequest(origin),
    }
    await mails.insert(email, { template: `identity-${how}`, data }, now)
  }
}
