import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import type { TellOwner } from '../notice/tell-owner.ts'
import type { Repositories } from '../repositories.ts'
import type { User } from '../user/user.ts'
import type { Identity } from './identity.repository.ts'

export type IdentityNotice = ReturnType<typeof createIdentityNotice>
type Dependencies = { tellOwner: TellOwner; clock: Clock }
type Change = {
  how: 'linked' | 'unlinked'
  identity: Pick<Identity, 'provider' | 'email'>
  origin: Origin
}

/** A new way in, or one less, is on record, and its owner hears of it. Part of the transaction of the change. */
export function createIdentityNotice({ tellOwner, clock }: Dependencies) {
  return async function tellOfIdentity(
    parts: Repositories,
    user: User,
    { how, identity: { provider, email }, origin }: Change,
  ): Promise<void> {
    const { id } = user
    const event = { at: clock.now(), actorId: id, subjectId: id, origin, details: { provider, email } }
    await parts.audit.record({ action: `identity.${how}`, ...event })
    await tellOwner(parts, user, { action: `identity.${how}`, ...event })
  }
}
