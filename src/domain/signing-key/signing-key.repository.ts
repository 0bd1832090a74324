import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
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

    /** All others, unless they expire sooner anyway. */
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

    /** A key that cannot be decrypted was not made here, or with a SECRET_KEY not known here. It is `sealed`, and never trusted. */
    async listWithPrivateJwk(): Promise<{ keys: SigningKeyWithPrivateJwk[]; sealed: SigningKey[] }> {
      const rows = await database.signingKey.findMany({ select: { ...PUBLIC_FIELDS, privateJwk: true } })
      const keys: SigningKeyWithPrivateJwk[] = []
      const sealed: SigningKey[] = []
      for (const { privateJwk: text, ...row } of rows) {
        const privateJwk = encryption.decryptDict(text, placeOf(row.id)) as PrivateJwk | null
        if (privateJwk) keys.push({ ...(row as SigningKey), privateJwk })
        else sealed.push(row as SigningKey)
      }
      return { keys, sealed }
    },

    /** Encrypts with the newest SECRET_KEY what an older one encrypted, so that the older one can be removed. */
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
      const where = sqlPiece`gone_from <= ${now}`
      return deleteFew(database, { table: sqlPiece`signing_keys`, key: sqlPiece`id`, where, most })
    },
  }
}
