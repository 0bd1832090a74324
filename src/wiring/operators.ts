import { createHousekeepingService } from '../domain/housekeeping.service.ts'
import { createOutboxService } from '../domain/outgoing-mail/outbox.service.ts'
import { createHealthService } from '../features/health/health.service.ts'
import { createAdminService } from '../features/users/create-admin.service.ts'
import { renderLetter } from '../platform/letter-templates.ts'
import type { Ground } from './ground.ts'
import type { SignInArea } from './sign-in.ts'

/** What keeps the portal going: its first administrator, its mail, its health, the sweeping. */
export function wireOperators({ config, world, repositories, transact }: Ground, { passwords }: SignInArea) {
  const { log, clock, sql, redis, mailer } = world
  return {
    admins: createAdminService({ transact, passwords, clock }),
    health: createHealthService({
      pingSql: sql.ping,
      isRedisUp: redis?.isUp ?? null,
      staleIfSqlDown: config.session.staleIfSqlDown,
    }),
    outbox: createOutboxService({
      mails: repositories.mails,
      mailer,
      render: renderLetter,
      portal: { name: config.portalName, baseUrl: config.baseUrl },
      clock,
      log,
    }),
    housekeeping: createHousekeepingService({ repositories, clock, log }),
  }
}
