import { createPasswordResetService } from '../domain/one-time-link/password-reset.service.ts'
import { createResetMails } from '../domain/one-time-link/reset-mails.ts'
import { createNotMeService } from '../features/not-me/not-me.service.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'

export type RecoveryArea = ReturnType<typeof wireRecovery>

/** The way back to an account, and what its owner hears of it. */
export function wireRecovery(
  { config, world, repositories, transact, tellOwner }: Ground,
  { sessions, passwords, verification, handOver }: SessionArea & RegistrationArea,
) {
  const { baseUrl, sendsMail } = config
  const { afterwards, clock } = world
  const mails = createResetMails({ baseUrl, clock })
  const passwordReset = createPasswordResetService({
    repositories,
    transact,
    passwords,
    sessions,
    verification,
    handOver,
    mails,
    tellOwner,
    sendsMail,
    afterwards,
    clock,
  })
  const notMe = createNotMeService({ repositories, transact, sessions, mails, clock })
  return { passwordReset, notMe }
}
