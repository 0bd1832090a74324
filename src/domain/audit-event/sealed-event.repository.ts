import { type Database, joinSql, type SqlPiece, sqlPiece } from '../../platform/database.ts'
import type { Encryption } from '../../platform/encryption.ts'
import { earlier } from '../time.ts'
import { COUNTS_AT_MOST_MS } from './audit-event.ts'
import { type Erasure, erase, type LogRow, type Seal, type SealedRow } from './seal.ts'

export type SealedEventRepository = ReturnType<typeof createSealedEventRepository>

const logColumns = {
  id: true,
  at: true,
  action: true,
  actorId: true,
  subjectId: true,
  ip: true,
  userAgent: true,
  requestId: true,
  details: true,
  count: true,
  closesAt: true,
} as const
const allColumns = { ...logColumns, batch: true, position: true, seal: true, erasure: true } as const

/** The events of the log, as their seals see them. */
export function createSealedEventRepository(database: Database, encryption: Encryption) {
  const placeOf = (row: string) => ({ table: 'audit_events', column: 'erasure', row })
  const lock = (piece: SqlPiece) => (database.isSqlite ? sqlPiece`` : piece)

  function open({ erasure, ...row }: Omit<SealedRow, 'erasure'> & { erasure: string | null }): SealedRow {
    if (erasure === null) return { ...row, erasure }
    return { ...row, erasure: (encryption.decryptDict(erasure, placeOf(row.id)) as Erasure) ?? 'forged' }
  }

  function listUnsealed(now: Date, most: number, held: SqlPiece) {
    return database.$queryRaw<{ id: string }[]>`
      SELECT id FROM audit_events WHERE batch IS NULL AND (closes_at IS NULL OR closes_at <= ${now})
      ORDER BY batch, at, id LIMIT ${most} ${held}`
  }

  return {
    hasUnsealed: async (now: Date): Promise<boolean> => (await listUnsealed(now, 1, sqlPiece``)).length > 0,

    countUnsealed: (): Promise<number> => database.auditEvent.count({ where: { batch: null } }),

    /** Events without a seal, whatever their time. Those that somebody holds are left for the next batch. */
    async takeUnsealed(now: Date, most: number): Promise<LogRow[]> {
      const ids = (await listUnsealed(now, most, lock(sqlPiece`FOR UPDATE SKIP LOCKED`))).map(({ id }) => id)
      const rows = await database.auditEvent.findMany({ where: { id: { in: ids } }, select: logColumns })
      return rows.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1))
    },

    async putInto({ number, members }: Seal, seals: object[]): Promise<void> {
      const places = (members ?? []).map(
        ({ id }, place) => sqlPiece`(${id}, ${String(place)}, ${JSON.stringify(seals[place])})`,
      )
      await database.$executeRaw`
        UPDATE audit_events SET batch = ${number}, position = CAST(v.column2 AS INTEGER), seal = v.column3
        FROM (VALUES ${joinSql(places)}) AS v WHERE audit_events.id = v.column1`
    },

    async listOfBatch(batch: number): Promise<SealedRow[]> {
      const rows = await database.auditEvent.findMany({ where: { batch }, select: allColumns })
      return rows.map(open)
    },

    removeBatch: ({ number: batch }: Seal) => database.auditEvent.deleteMany({ where: { batch } }),

    /** The batch that each of these events is in now, null where it is in none. Events that are gone are left out. */
    async findBatches(ids: string[]): Promise<Map<string, number | null>> {
      const where = { id: { in: ids } }
      const rows = await database.auditEvent.findMany({ where, select: { id: true, batch: true } })
      return new Map(rows.map(({ id, batch }) => [id, batch]))
    },

    /** Events in one of these batches, both ends left out. */
    listBetween: ({ above, below }: { above: number; below: number }, most: number) =>
      database.auditEvent.findMany({
        where: { batch: { gt: above, lt: below } },
        orderBy: [{ batch: 'asc' }, { at: 'asc' }, { id: 'asc' }],
        select: { id: true, batch: true, position: true },
        take: most,
      }),

    /** Events without a seal that are older than events that have one. A row that counts may wait until it closes. */
    listOvertaken: (before: Date, most: number): Promise<{ id: string }[]> =>
      database.auditEvent.findMany({
        where: {
          batch: null,
          OR: [{ closesAt: null, at: { lt: before } }, { at: { lt: earlier(before, COUNTS_AT_MOST_MS) } }],
        },
        orderBy: [{ batch: 'asc' }, { at: 'asc' }],
        select: { id: true },
        take: most,
      }),

    /** What happened stays; who it was, and where from, does not. Returns how many events it was, at most. */
    async forgetPerson(id: string, most: number): Promise<number> {
      const found = await database.$queryRaw<{ id: string }[]>`
        SELECT id FROM audit_events WHERE subject_id = ${id} OR actor_id = ${id}
        LIMIT ${most} ${lock(sqlPiece`FOR UPDATE`)}`
      const where = { id: { in: found.map((row) => row.id) } }
      const rows = await database.auditEvent.findMany({ where, select: allColumns })
      if (rows.length > 0)
        await writeErased(rows.map((row) => ({ was: row.seal, row: erase(open(row), id) })))
      return found.length
    },

    /** Encrypts with the newest SECRET_KEY what an older one encrypted, so that the older one can be taken away. */
    async markAnew(most: number): Promise<number> {
      const rows = await database.auditEvent.findMany({
        where: {
          AND: [{ erasure: { not: null } }, { erasure: { not: { startsWith: encryption.currentPrefix } } }],
        },
        select: allColumns,
        take: most,
      })
      const ours = rows.map(open).filter(({ erasure }) => erasure !== 'forged')
      if (ours.length > 0) await writeErased(ours.map((row) => ({ was: row.seal, row })))
      return ours.length
    },
  }

  /** Rows that were sealed meanwhile stay as they are; whoever asks again finds them. */
  async function writeErased(erased: { was: string | null; row: SealedRow }[]): Promise<void> {
    const values = erased.map(({ was, row }) => {
      const { id, subjectId, details, actorId, ip, userAgent, seal, erasure } = row
      const mark =
        erasure === null || erasure === 'forged' ? null : encryption.encryptDict(erasure, placeOf(id))
      const columns = [id, subjectId, details, actorId, ip, userAgent, seal, mark, was]
      return sqlPiece`(${joinSql(columns)})`
    })
    await database.$executeRaw`
      UPDATE audit_events SET subject_id = v.column2, details = v.column3, actor_id = v.column4, ip = v.column5,
        user_agent = v.column6, seal = v.column7, erasure = v.column8
      FROM (VALUES ${joinSql(values)}) AS v
      WHERE audit_events.id = v.column1 AND COALESCE(audit_events.seal, '') = COALESCE(v.column9, '')`
  }
}
