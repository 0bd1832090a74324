import { createHousekeepingService } from '../domain/housekeeping.service.ts'
import { createOutboxService } from '../domain/outgoing-mail/outbox.service.ts'
import { createHealthService } from '../features/health/health.service.ts'
import { createAdminService } from '../features/users/create-admin.service.ts'
import { renderLetter } from '../platform/letter-templates.ts'
import type { AccountArea } from './accounts.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'

/** What keeps the portal running: its first administrator, its email, its health, the sweeps. */
export function wireOperators(
  { config, world, repositories, transact }: Ground,
  {
    sessions,
    passwords,
    handOver,
    deletions,
  }: SessionArea & RegistrationArea & Pick<AccountArea, 'deletions'>,
) {
  const { log, clock, sql, redis, mailer } = world
  return {
    admins: createAdminService({ repositories, transact, passwords, sessions, handOver, clock }),
    health: createHealthService({
      pingSql: sql.ping,
      isRedisUp: redis?.isUp ?? null,
      staleIfSqlDown: config.session.staleIfSqlDown,
      clock,
    }),
    outbox: createOutboxService({
      mails: repositories.mails,
      mailer,
      render: renderLetter,
      portal: { name: config.portalName, baseUrl: config.baseUrl, ...config.brand },
      clock,
      log,
    }),
    housekeeping: createHousekeepingService({
      repositories,
      isProofOptional: config.isProofOptional,
      deletions,
      auditKeepMs: config.auditKeepMs,
      clock,
      log,
    }),
  }
}
