import { createListSessions } from '../domain/session/session-list.ts'
import { createDeletionService } from '../domain/user/deletion.service.ts'
import { createAccountService } from '../features/account/account.service.ts'
import { createDataService } from '../features/data/data.service.ts'
import { createHistoryService } from '../features/history/history.service.ts'
import { createChangePasswordService } from '../features/password/change-password.service.ts'
import { createMySessionsService } from '../features/sessions/sessions.service.ts'
import { createUserSessionsService } from '../features/sessions/user-sessions.service.ts'
import { createUserFileService } from '../features/users/user-file.service.ts'
import { createUsersService } from '../features/users/users.service.ts'
import type { Ground } from './ground.ts'
import type { RecoveryArea } from './recovery.ts'
import type { RegistrationArea } from './registration.ts'
import type { SessionArea } from './sessions.ts'
import type { SignInArea } from './sign-in.ts'
import type { TokenArea } from './tokens.ts'

export type AccountArea = ReturnType<typeof wireAccounts>
type Needs = SessionArea & RegistrationArea & RecoveryArea & TokenArea & SignInArea

/** What members see and change about themselves, and administrators about others. */
export function wireAccounts(ground: Ground, needs: Needs) {
  const { config, world, repositories, transact, tellOwner, tellAdministrators, comeBack, describeRequest } =
    ground
  const { sessions, refreshTokens, verification, verificationMails: mails, handOver } = needs
  const { passwords, reauthenticate } = needs
  const { provePassword } = reauthenticate
  const { clock } = world
  const findPlace = world.places.find
  const listSessions = createListSessions({ repositories, refreshTokens, findPlace, clock })
  return {
    account: createAccountService(repositories),
    history: createHistoryService({ repositories, findPlace }),
    data: createDataService({ repositories, baseUrl: config.baseUrl, clock }),
    deletions: createDeletionService({
      repositories,
      transact,
      sessions,
      baseUrl: config.baseUrl,
      describeRequest,
      clock,
      log: world.log,
    }),
    userSessions: createUserSessionsService({ repositories, transact, sessions, clock }),
    mySessions: createMySessionsService({ repositories, sessions, refreshTokens, listSessions }),
    changePassword: createChangePasswordService({
      repositories,
      transact,
      passwords,
      sessions,
      provePassword,
      tellOwner,
      clock,
    }),
    userFile: createUserFileService({ repositories, listSessions, identities: needs.identities, findPlace }),
    users: createUsersService({
      repositories,
      transact,
      sessions,
      verification,
      mails,
      handOver,
      tellOwner,
      tellAdministrators,
      comeBack,
      isProofOptional: config.isProofOptional,
      clock,
    }),
  }
}
