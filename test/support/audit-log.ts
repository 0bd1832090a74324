import { later, MINUTE_MS } from '../../src/domain/time.ts'
import type { Portal } from './portal.ts'

type Writer = Pick<Portal, 'services'>

const start = new Date('2026-11-21T08:00:00Z')
const people: [actorId: string | null, subjectId: string][] = [
  ['ada', 'ada'],
  [null, 'ada'],
  ['boss', 'grace'],
  ['grace', 'grace'],
]

/** A batch of four events, about two people, by them, by an administrator, and by somebody unknown. */
export async function writeBatch(portal: Writer, batch: number) {
  await recordEvents(portal, batch)
  await portal.services.sealing.sealAll()
}

export async function recordEvents({ services }: Writer, batch: number) {
  for (const [place, [actorId, subjectId]] of people.entries())
    await services.repositories.audit.record({
      at: later(start, (batch * people.length + place) * MINUTE_MS),
      action: 'user.updated',
      actorId,
      subjectId,
      origin: { ip: `192.0.2.${place}`, userAgent: 'a browser', requestId: `request-${batch}-${place}` },
      details: { fields: 'displayName' },
    })
}

/** What gatehouse audit verify says. */
export function verify({ services }: Writer, head: string | null = null) {
  return services.auditVerification.verify({ head, onProgress() {} })
}
