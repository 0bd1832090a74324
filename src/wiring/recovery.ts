import { createPasswordResetService } from '../domain/one-time-link/password-reset.service.ts'
import { createResetMails } from '../domain/one-time-link/reset-mails.ts'
import { createPasswordNotice } from '../domain/password/password-notice.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'

export type RecoveryArea = ReturnType<typeof wireRecovery>

/** The way back to an account, and what its owner hears of it. */
export function wireRecovery(
  { config, world, repositories, transact, describeRequest }: Ground,
  { sessions, passwords, verification, handOver }: SessionArea & RegistrationArea,
) {
  const { baseUrl, sendsMail } = config
  const { afterwards, clock } = world
  const passwordNotice = createPasswordNotice({ baseUrl, describeRequest, clock })
  const passwordReset = createPasswordResetService({
    repositories,
    transact,
    passwords,
    sessions,
    verification,
    handOver,
    mails: createResetMails({ baseUrl, clock }),
    tellOwner: passwordNotice,
    sendsMail,
    afterwards,
    clock,
  })
  return { passwordReset, passwordNotice }
}
