import { createMailedCodes } from '../domain/one-time-link/mailed-codes.ts'
import { createRegistrationProofs } from '../domain/one-time-link/registration-proofs.ts'
import { createVerificationService } from '../domain/one-time-link/verification.service.ts'
import { createVerificationMails } from '../domain/one-time-link/verification-mails.ts'
import { createDecoys } from '../domain/password/decoys.ts'
import { createPasswordService } from '../domain/password/password.service.ts'
import { createHandOver } from '../domain/user/hand-over.ts'
import { createWelcome } from '../domain/user/welcome.ts'
import { createRegisterService } from '../features/register/register.service.ts'
import { deriveKeys } from '../platform/keys.ts'
import type { Ground } from './ground.ts'
import type { SessionArea } from './sessions.ts'

export type RegistrationArea = ReturnType<typeof wireRegistration>

/** How somebody gets an account: a password, and the proof that the address is theirs. */
export function wireRegistration(ground: Ground, { sessions }: SessionArea) {
  const { config, world, repositories, transact, describeRequest, comeBack } = ground
  const { afterwards, clock } = world
  const { baseUrl, secretKeys, sendsMail, isProofOptional, registration: mode } = config
  const passwords = wirePasswords(ground)
  const proofs = createRegistrationProofs({
    identities: repositories.identities,
    keys: deriveKeys(secretKeys, 'registration proof'),
  })
  const codes = createMailedCodes({ keys: deriveKeys(secretKeys, 'mailed code') })
  const verificationMails = createVerificationMails({ codes, baseUrl, sendsMail, clock })
  const welcome = createWelcome({ baseUrl, clock })
  const parts = { repositories, transact, passwords, proofs, sessions, clock, mails: verificationMails }
  const verification = createVerificationService({ ...parts, codes, welcome, comeBack, afterwards })
  const register = createRegisterService({
    ...parts,
    verification,
    mode,
    isProofOptional,
    loginUrl: `${baseUrl}/login`,
    describeRequest,
  })
  const handOver = createHandOver({ sessions })
  return {
    passwords,
    registrationProofs: proofs,
    mailedCodes: codes,
    verificationMails,
    verification,
    welcome,
    register,
    handOver,
  }
}

function wirePasswords({ config, world, repositories: { users } }: Ground) {
  const { hasher, strength, afterwards, clock } = world
  const [key = Buffer.alloc(0)] = deriveKeys(config.secretKeys, 'decoys')
  const decoys = createDecoys({ hasher, listCosts: users.listHashCosts, key, afterwards, clock })
  const { passwordPolicy: policy, portalName } = config
  return createPasswordService({ hasher, decoys, strength, policy, portalName })
}
