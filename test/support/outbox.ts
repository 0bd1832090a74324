import { createOutboxService } from '../../src/domain/outgoing-mail/outbox.service.ts'
import { renderLetter } from '../../src/platform/letter-templates.ts'
import type { Mailer } from '../../src/platform/mailer.ts'
import type { createTestClock } from './clock.ts'
import type { Portal } from './portal.ts'

type Clock = ReturnType<typeof createTestClock>

/** A worker of the outbox besides the portal's own, which has no mail server and sends nothing. */
export function openWorker(
  { world, services, config }: Portal,
  { mailer, clock }: { mailer: Mailer; clock: Clock },
) {
  const portal = { name: config.portalName, baseUrl: config.baseUrl, ...config.brand }
  const { mails } = services.repositories
  return createOutboxService({ mails, mailer, render: renderLetter, portal, clock, log: world.log })
}

/** Puts an email into the outbox. */
export function write({ services }: Portal, to: string, link: string, at: Date) {
  const data = { name: null, link, code: '294017', expiresIn: '3 days' }
  return services.repositories.mails.insert(to, { template: 'verify-email', data }, at)
}

export function disposable<T extends { close(): Promise<void> }>(neighbour: T) {
  return Object.assign(neighbour, { [Symbol.asyncDispose]: () => neighbour.close() })
}
