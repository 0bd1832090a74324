import type { Origin } from '../../domain/audit-event/audit-event.ts'
import type { UserWithPasswordHash } from '../../domain/user/user.ts'

/** Where somebody comes from, and where they were going. */
export type Visit = { origin: Origin; returnTo: string }
export type Notice = 'welcome' | 'linked' | 'taken-over' | null
/** Whether the person named by the provider is the one signed in here. */
export type Proof =
  | { outcome: 'proved'; user: UserWithPasswordHash }
  | { outcome: 'somebody-else' | 'not-again' }
/** Where somebody whom the provider has named may go. */
export type Arrival =
  | { outcome: 'signed-in'; user: UserWithPasswordHash; notice: Notice }
  | { outcome: 'verification-sent'; email: string; proof: string }
  | { outcome: 'sign-in-first'; email: string }
  | { outcome: 'closed' | 'no-address' | 'disabled' | 'refused' }
