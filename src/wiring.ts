import type { Config } from './config.ts'
import { wireAccounts } from './wiring/accounts.ts'
import { layGround } from './wiring/ground.ts'
import { wireOperators } from './wiring/operators.ts'
import { wireRecovery } from './wiring/recovery.ts'
import { wireRegistration } from './wiring/registration.ts'
import { wireSessions } from './wiring/sessions.ts'
import { wireSignIn } from './wiring/sign-in.ts'
import { wireTokens } from './wiring/tokens.ts'
import { wireWatch } from './wiring/watch.ts'
import type { World } from './wiring/world.ts'

export type Services = ReturnType<typeof createServices>

/** Where parts meet: every service of the portal, area by area. */
export function createServices(config: Config, world: World) {
  const ground = layGround(config, world)
  const sessions = wireSessions(ground)
  const tokens = wireTokens(ground, sessions)
  const registration = wireRegistration(ground, sessions)
  const recovery = wireRecovery(ground, { ...sessions, ...registration })
  const signIn = wireSignIn(ground, { ...sessions, ...registration })
  const accounts = wireAccounts(ground, {
    ...sessions,
    ...tokens,
    ...registration,
    ...recovery,
    ...signIn,
  })
  const watch = wireWatch(ground, { ...sessions, ...tokens })
  const operators = wireOperators(ground, { ...sessions, ...registration, ...accounts, ...watch })
  return {
    ...sessions, // sessions, everybodyOut, sessionCopies
    ...tokens, // clients, signingKeys, accessTokens, refreshTokens, tokens, revocation, introspection
    ...registration, // passwords, registrationProofs, mailedCodes, verificationMails, verification, welcome, register, handOver
    ...recovery, // passwordReset, emailChange, emailUndo, notMe
    ...signIn, // login, oauth, limits, reauthenticate, identities
    ...accounts, // account, history, data, deletions, mySessions, userSessions, userFile, users, changePassword
    ...watch, // health, signInHours, figures, metrics, dashboard
    ...operators, // admins, testUsers, contentChecks, outbox, sealing, audit, mail, auditVerification, housekeeping
    repositories: ground.repositories,

    async close() {
      await world.afterwards.settle()
      registration.passwords.close()
      sessions.sessions.close()
      operators.housekeeping.close()
      await tokens.signingKeys.close()
      await operators.outbox.close()
    },
  }
}
