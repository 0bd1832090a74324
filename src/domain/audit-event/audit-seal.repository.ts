import type { Database } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'
import type { Seal, Sealed } from './seal.ts'

export type AuditSealRepository = ReturnType<typeof createAuditSealRepository>
/** `isSigned`: whoever wrote it knew a SECRET_KEY that is known here. `isSpelled`: its members are written as the portal writes them. */
export type SignedSeal = Seal & { removedAt: Date | null; isSigned: boolean; isSpelled: boolean }
type Row = Omit<SignedSeal, 'members' | 'isSigned' | 'isSpelled'> & {
  members: string | null
  signature: string
}

/** The chain over the audit log: which events each batch holds, and in which order. */
export function createAuditSealRepository(database: Database, encryption: Encryption) {
  const placeOf = (number: number) => ({ table: 'audit_seals', column: 'signature', row: String(number) })

  const sign = ({ number, hash }: Pick<Seal, 'number' | 'hash'>, removedAt: Date | null) =>
    encryption.encrypt(toSigned(hash, removedAt), placeOf(number))

  function open({ members, signature, ...seal }: Row): SignedSeal {
    const signed = encryption.decrypt(signature, placeOf(seal.number))
    const listed = members === null ? null : readMembers(members)
    return {
      ...seal,
      members: listed,
      isSigned: signed === toSigned(seal.hash, seal.removedAt),
      isSpelled: members === (listed && writeMembers(listed)),
    }
  }

  return {
    /** The number of the next batch for whoever asks first, and null for whoever asks meanwhile. In a transaction; `write` completes it. */
    async begin(now: Date): Promise<number | null> {
      const [begun] = await database.$queryRaw<{ number: number | bigint }[]>`
        INSERT INTO audit_seals (number, previous, sealed_at, newest_at, rows, content, hash, signature)
        SELECT COALESCE(MAX(number), 0) + 1, '', ${now}, ${now}, 0, '', '', '' FROM audit_seals WHERE true
        ON CONFLICT (number) DO NOTHING RETURNING number`
      return begun ? Number(begun.number) : null
    },

    async write({ members, ...seal }: Seal): Promise<void> {
      const { number } = seal
      const data = { ...seal, members: members && writeMembers(members), signature: sign(seal, null) }
      await database.auditSeal.update({ where: { number }, data, select: { number: true } })
    },

    async findHash(number: number): Promise<string> {
      const seal = await database.auditSeal.findUnique({ where: { number }, select: { hash: true } })
      return seal?.hash ?? ''
    },

    /** In order, from the first after this number. */
    async list(after: number, most: number): Promise<SignedSeal[]> {
      const where = { number: { gt: after } }
      const seals = await database.auditSeal.findMany({ where, orderBy: { number: 'asc' }, take: most })
      return seals.map(open)
    },

    /** The oldest batch whose events are still there. */
    async findOldest(): Promise<SignedSeal | null> {
      const where = { removedAt: null }
      const seal = await database.auditSeal.findFirst({ where, orderBy: { number: 'asc' } })
      return seal && open(seal)
    },

    count: (): Promise<number> => database.auditSeal.count({ where: { removedAt: null } }),

    /** Its events are removed in the same transaction. The seal stays, as where the chain begins. False when somebody else did it. */
    async markRemoved({ number, hash, sealedAt }: Seal, now: Date): Promise<boolean> {
      const removedAt = new Date(Math.max(now.getTime(), sealedAt.getTime()))
      const { count } = await database.auditSeal.updateMany({
        where: { number, removedAt: null, hash },
        data: { removedAt, members: null, signature: sign({ number, hash }, removedAt) },
      })
      if (count === 0) return false
      await database.auditSeal.deleteMany({ where: { number: { lt: number }, removedAt: { not: null } } })
      return true
    },

    /** Signs with the newest SECRET_KEY what an older one signed, so that the older one can be taken away. */
    async signAnew(most: number): Promise<number> {
      const where = { signature: { not: { startsWith: encryption.currentPrefix } } }
      const seals = await database.auditSeal.findMany({ where, take: most })
      const ours = seals.filter((seal) => open(seal).isSigned)
      for (const { number, hash, removedAt, signature } of ours) {
        const data = { signature: sign({ number, hash }, removedAt) }
        await database.auditSeal.updateMany({ where: { number, signature }, data })
      }
      return ours.length
    },
  }
}

function toSigned(hash: string, removedAt: Date | null): string {
  return JSON.stringify([hash, removedAt?.getTime() ?? null])
}

function writeMembers(members: Sealed[]): string {
  return JSON.stringify(members.map(({ id, digest }) => [id, digest]))
}

/** Nothing where somebody wrote something else there; only what the database can be asked for. */
function readMembers(text: string): Sealed[] {
  const toText = (part: unknown) => String(part).replaceAll('\0', '')
  try {
    const listed = JSON.parse(text) as [string, string][]
    return listed.map(([id, digest]) => ({ id: toText(id), digest: toText(digest) }))
  } catch {
    return []
  }
}
