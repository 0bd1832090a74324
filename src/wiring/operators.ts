import { createSealingService } from '../domain/audit-event/sealing.service.ts'
import { createHousekeepingService } from '../domain/housekeeping.service.ts'
import { createOutboxService } from '../domain/outgoing-mail/outbox.service.ts'
import { createAuditService } from '../features/audit/audit.service.ts'
import { createAuditVerification } from '../features/audit/audit-verification.service.ts'
import { createContentChecks } from '../features/doctor/content-checks.ts'
import { createMailService } from '../features/mail/mail.service.ts'
import { createAdminService } from '../features/users/create-admin.service.ts'
import { createTestUserService } from '../features/users/create-test.service.ts'
import { renderLetter } from '../platform/letter-templates.ts'
import type { AccountArea } from './accounts.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'
import type { WatchArea } from './watch.ts'

/** What keeps the portal running: its first administrator, its email, the sweeps. */
export function wireOperators(
  { config, world, repositories, transact, tellAdministrators, comeBack }: Ground,
  {
    sessions,
    sessionCopies,
    passwords,
    handOver,
    deletions,
    signInHours,
  }: SessionArea & RegistrationArea & Pick<AccountArea, 'deletions'> & Pick<WatchArea, 'signInHours'>,
) {
  const { log, clock, mailer } = world
  const sealing = createSealingService({ repositories, transact, clock, log })
  return {
    contentChecks: createContentChecks({
      repositories,
      copies: sessionCopies,
      keys: {
        isSharedSecret: config.accessTokens.sharedSecret !== null,
        rotationMs: config.accessTokens.keyRotationMs,
      },
      clock,
    }),
    testUsers: createTestUserService({
      repositories,
      transact,
      passwords,
      tellAdministrators,
      isProduction: config.isProduction,
      clock,
    }),
    admins: createAdminService({
      repositories,
      transact,
      passwords,
      sessions,
      handOver,
      tellAdministrators,
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
    sealing,
    audit: createAuditService({ repositories, clock }),
    mail: createMailService({ repositories, transact, clock }),
    auditVerification: createAuditVerification({ repositories }),
    housekeeping: createHousekeepingService({
      repositories,
      isProofOptional: config.isProofOptional,
      deletions,
      comeBack,
      sealing,
      signInHours,
      auditKeepMs: config.auditKeepMs,
      tally: world.tally,
      clock,
      log,
    }),
  }
}
