import type { Clock } from '../../platform/clock.ts'
import type { Origin } from '../audit-event/audit-event.ts'
import { toDeviceName } from '../session/device-name.ts'
import { toReadable } from '../time.ts'

/** When something happened, with which device, and from where, as an email says it. */
export type Circumstances = { when: string; device: string; ip: string; place: string | null }
export type DescribeRequest = ReturnType<typeof createDescribeRequest>
type Dependencies = { findPlace(ip: string): string | null; clock: Clock }

export function createDescribeRequest({ findPlace, clock }: Dependencies) {
  return ({ userAgent, ip }: Origin): Circumstances => ({
    when: toReadable(clock.now()),
    device: toDeviceName(userAgent),
    ip,
    place: findPlace(ip),
  })
}
