import { type Database, deleteFew, sqlPiece } from '../../platform/database.ts'
import type { SignInHour } from './sign-in-hour.ts'

export type SignInHourRepository = ReturnType<typeof createSignInHourRepository>
type Row = { hour: string; succeeded: number | bigint; refused: number | bigint }

export function createSignInHourRepository(database: Database) {
  /** In UTC, as in `2026-11-22T14`. */
  const hourOf = database.isSqlite
    ? sqlPiece`substr(at, 1, 13)`
    : sqlPiece`to_char(date_trunc('hour', at), 'YYYY-MM-DD"T"HH24')`

  return {
    /** From the audit log itself, without hours in which nobody tried. `until` is the first moment that is not counted. */
    async count({ from, until }: { from: Date; until: Date }): Promise<SignInHour[]> {
      const rows = await database.$queryRaw<Row[]>`/* count-sign-ins */
        SELECT ${hourOf} AS hour,
          SUM(CASE WHEN action = 'session.started' THEN count ELSE 0 END) AS succeeded,
          SUM(CASE WHEN action = 'session.start_refused' THEN count ELSE 0 END) AS refused
        FROM audit_events
        WHERE at >= ${from} AND at < ${until} AND action IN ('session.started', 'session.start_refused')
        GROUP BY 1`
      return rows.map(({ hour, succeeded, refused }) => ({
        hour: new Date(`${hour}:00:00.000Z`),
        succeeded: Number(succeeded),
        refused: Number(refused),
      }))
    },

    /** An hour that another process has counted meanwhile stays as it is. */
    async insert({ hour, succeeded, refused }: SignInHour): Promise<void> {
      await database.$executeRaw`
        INSERT INTO sign_in_hours (hour, succeeded, refused) VALUES (${hour}, ${succeeded}, ${refused})
        ON CONFLICT (hour) DO NOTHING`
    },

    listSince: (from: Date): Promise<SignInHour[]> =>
      database.signInHour.findMany({ where: { hour: { gte: from } }, orderBy: { hour: 'asc' } }),

    async findLast(until: Date): Promise<Date | null> {
      const where = { hour: { lte: until } }
      const last = await database.signInHour.findFirst({ where, orderBy: { hour: 'desc' } })
      return last?.hour ?? null
    },

    /** When the first event was that is kept since then, whatever it is. */
    async findFirstEvent(since: Date): Promise<Date | null> {
      const first = await database.auditEvent.findFirst({
        where: { at: { gte: since } },
        orderBy: { at: 'asc' },
        select: { at: true },
      })
      return first?.at ?? null
    },

    async deleteOlder(before: Date, most: number): Promise<number> {
      const where = sqlPiece`hour < ${before}`
      return deleteFew(database, { table: sqlPiece`sign_in_hours`, key: sqlPiece`hour`, where, most })
    },
  }
}
