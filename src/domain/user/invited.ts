import type { Repositories } from '../repositories.ts'
import type { UserWithPasswordHash } from './user.ts'

/** No way to sign in yet: an administrator made the account. */
export async function isInvited(
  { identities }: Pick<Repositories, 'identities'>,
  { id, ...known }: { id: string } & (Pick<UserWithPasswordHash, 'passwordHash'> | { hasPassword: boolean }),
): Promise<boolean> {
  const hasPassword = 'hasPassword' in known ? known.hasPassword : known.passwordHash !== null
  return !hasPassword && (await identities.listOfUser(id)).length === 0
}
