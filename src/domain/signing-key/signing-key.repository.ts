import type { Database } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'
import type { PrivateJwk, PublicJwk } from '../../platform/jwt.ts'
import type { SigningKey } from './signing-key.ts'

export type SigningKeyRepository = ReturnType<typeof createSigningKeyRepository>
export type SigningKeyWithPrivateJwk = SigningKey & { privateJwk: PrivateJwk }
type NewKey = Omit<SigningKeyWithPrivateJwk, 'verifyOnlyFrom' | 'goneFrom'> & { publicJwk: PublicJwk }

const PUBLIC_FIELDS = {
  id: true,
  algorithm: true,
  createdAt: true,
  activeFrom: true,
  verifyOnlyFrom: true,
  goneFrom: true,
} as const

export function createSigningKeyRepository(database: Database, encryption: Encryption) {
  const placeOf = (row: string) => ({ table: 'signing_keys', column: 'private_jwk', row })

  return {
    async insert({ publicJwk, privateJwk, ...key }: NewKey): Promise<void> {
      const sealed = encryption.encryptDict(privateJwk, placeOf(key.id))
      const data = { ...key, publicJwk: JSON.stringify(publicJwk), privateJwk: sealed }
      await database.signingKey.create({ data, select: { id: true } })
    },

    /** All others, except where they would be gone sooner anyway. */
    async retireOthers(id: string | null, times: { verifyOnlyFrom: Date; goneFrom: Date }): Promise<void> {
      const isLater = { OR: [{ goneFrom: null }, { goneFrom: { gt: times.goneFrom } }] }
      await database.signingKey.updateMany({ where: { ...isLater, id: { not: id ?? '' } }, data: times })
    },

    async list(): Promise<SigningKey[]> {
      const rows = await database.signingKey.findMany({
        select: PUBLIC_FIELDS,
        orderBy: [{ activeFrom: 'asc' }, { id: 'asc' }],
      })
      return rows as SigningKey[]
    },

    /** Those that were made here: what does not open was not, so who can write to the table still cannot add a key. */
    async listWithPrivateJwk(): Promise<SigningKeyWithPrivateJwk[]> {
      const rows = await database.signingKey.findMany({ select: { ...PUBLIC_FIELDS, privateJwk: true } })
      return rows.flatMap(({ privateJwk: sealed, ...row }) => {
        const privateJwk = encryption.decryptDict(sealed, placeOf(row.id))
        return privateJwk ? [{ ...(row as SigningKey), privateJwk: privateJwk as PrivateJwk }] : []
      })
    },

    /** What an older SECRET_KEY encrypted is encrypted with the newest, so that the older one can go. */
    async sealAnew(): Promise<void> {
      const rows = await database.signingKey.findMany({ select: { id: true, privateJwk: true } })
      for (const { id, privateJwk } of rows.filter((row) => !encryption.isOfCurrentKey(row.privateJwk))) {
        const opened = encryption.decryptDict(privateJwk, placeOf(id))
        const sealed = opened && encryption.encryptDict(opened, placeOf(id))
        if (sealed)
          await database.signingKey.updateMany({ where: { id, privateJwk }, data: { privateJwk: sealed } })
      }
    },

    async deleteGone(now: Date, most: number): Promise<number> {
      return (await database.signingKey.deleteMany({ where: { goneFrom: { lte: now } }, limit: most })).count
    },
  }
}
