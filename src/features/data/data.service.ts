import type { Repositories } from '../../domain/repositories.ts'
import type { HeldDataRepository } from '../../domain/user/held-data.repository.ts'
import type { User } from '../../domain/user/user.ts'
import type { Clock } from '../../platform/clock.ts'

export type DataService = ReturnType<typeof createDataService>
export type MyData = {
  held: NonNullable<Awaited<ReturnType<HeldDataRepository['find']>>>
  portal: string
  madeAt: Date
}
type Dependencies = { repositories: Repositories; baseUrl: string; clock: Clock }

/** What the portal knows of somebody is theirs to take along (GDPR article 20). */
export function createDataService({ repositories, baseUrl, clock }: Dependencies) {
  return {
    /** Null when the account is gone. */
    async collect(user: User): Promise<MyData | null> {
      const held = await repositories.heldData.find(user)
      return held && { held, portal: baseUrl, madeAt: clock.now() }
    },
  }
}
