import type { Repositories } from '../repositories.ts'
import type { UserWithPasswordHash } from './user.ts'

/** No way to sign in yet: an administrator made the account. */
export async function isInvited(
  { identities }: Pick<Repositories, 'identities'>,
  { id, passwordHash }: Pick<UserWithPasswordHash, 'id' | 'passwordHash'>,
): Promise<boolean> {
  return passwordHash === null && (await identities.listOfUser(id)).length === 0
}
