import { createEmailChangeService } from '../domain/one-time-link/email-change.service.ts'
import { createEmailChangeMails } from '../domain/one-time-link/email-change-mails.ts'
import { createEmailUndoService } from '../domain/one-time-link/email-undo.service.ts'
import { createPasswordResetService } from '../domain/one-time-link/password-reset.service.ts'
import { createResetMails } from '../domain/one-time-link/reset-mails.ts'
import { createContestedAddress } from '../domain/user/contested-address.ts'
import { createNotMeService } from '../features/not-me/not-me.service.ts'
import type { Ground } from './ground.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'

export type RecoveryArea = ReturnType<typeof wireRecovery>

/** The way back to an account, and what its owner hears of it. */
export function wireRecovery(
  { config, world, repositories, transact, describeRequest, tellOwner, comeBack }: Ground,
  needs: SessionArea & RegistrationArea,
) {
  const { sessions, passwords, verification, handOver, mailedCodes: codes } = needs
  const { baseUrl, sendsMail, isProofOptional } = config
  const { afterwards, clock } = world
  const resetMails = createResetMails({ baseUrl, clock })
  const passwordReset = createPasswordResetService({
    repositories,
    transact,
    passwords,
    sessions,
    verification,
    handOver,
    comeBack,
    mails: resetMails,
    tellOwner,
    sendsMail,
    afterwards,
    clock,
  })
  const addresses = createContestedAddress({ sessions, clock })
  const mails = createEmailChangeMails({ codes, baseUrl, describeRequest, clock })
  const parts = { repositories, transact, sessions, addresses, mails, clock }
  const emailChange = createEmailChangeService({
    ...parts,
    verification,
    codes,
    sendsMail,
    isProofOptional,
    afterwards,
  })
  const emailUndo = createEmailUndoService({ ...parts, comeBack })
  const { takeBack } = emailUndo
  const notMe = createNotMeService({ repositories, transact, sessions, takeBack, mails: resetMails, clock })
  return { passwordReset, emailChange, emailUndo, notMe }
}
