import { createHmac } from 'node:crypto'
import type { IdentityRepository } from '../identity/identity.repository.ts'
import { isSameSecret } from '../secret.ts'
import type { UserWithPasswordHash } from '../user/user.ts'

export type RegistrationProofs = ReturnType<typeof createRegistrationProofs>

/** Kept by the browser that registered: proves that the account is still the one it made, and says nothing else. */
export function createRegistrationProofs({
  identities,
  keys,
}: {
  identities: IdentityRepository
  keys: Buffer[]
}) {
  const toProofs = (origin: string) =>
    keys.map((key) => createHmac('sha256', key).update(origin).digest('base64url'))

  return {
    /** `origin` is the password hash, or the provider and subject signed up with. */
    make: (origin: string): string => toProofs(origin)[0] ?? '',

    /** The same work for every account. */
    async isProved(
      { id, passwordHash }: Pick<UserWithPasswordHash, 'id' | 'passwordHash'>,
      proofs: string[],
    ): Promise<boolean> {
      const linked = await identities.listOfUser(id)
      const origins = passwordHash
        ? [passwordHash]
        : linked.map(({ provider, subject }) => `${provider} ${subject}`)
      const expected = origins.flatMap(toProofs)
      return proofs.some((proof) => expected.some((each) => isSameSecret(proof, each)))
    },
  }
}
