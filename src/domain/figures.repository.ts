import { type Database, type SqlPiece, sqlPiece } from '../platform/database.ts'
import { isLiveSession } from './session/session.repository.ts'

export type FiguresRepository = ReturnType<typeof createFiguresRepository>
export type BusiestAddress = { ip: string; people: number; everybody: number }
type Counts<Names extends string> = Record<Names, number | bigint>

const SESSIONS_AT_ONCE = 20_000

/** The portal in numbers, for those who watch it. */
export function createFiguresRepository(database: Database) {
  async function countLiveAmong(sessions: SqlPiece, now: Date): Promise<number> {
    const [row] = await database.$queryRaw<Counts<'live'>[]>`/* count-sessions */
      SELECT COUNT(*) AS live FROM ${sessions} s JOIN users u ON u.id = s.user_id WHERE ${isLiveSession(now)}`
    return Number(row?.live ?? 0)
  }

  /** SQLite's driver lets nobody else do anything meanwhile, so there it is done in pieces. */
  async function countLiveInPieces(now: Date): Promise<number> {
    let live = 0
    let from = 0
    for (;;) {
      const until = await findPlace(from)
      if (until === null) return live
      const piece = sqlPiece`(SELECT * FROM sessions WHERE rowid > ${from} AND rowid <= ${until})`
      live += await countLiveAmong(piece, now)
      from = until
      await new Promise(setImmediate)
    }
  }

  async function findPlace(after: number): Promise<number | null> {
    const [row] = await database.$queryRaw<{ last: number | bigint | null }[]>`
      SELECT MAX(place) AS last FROM (
        SELECT rowid AS place FROM sessions WHERE rowid > ${after} ORDER BY rowid LIMIT ${SESSIONS_AT_ONCE})`
    return row?.last == null ? null : Number(row.last)
  }

  return {
    countUsers: (): Promise<number> => database.user.count(),

    countLiveSessions: (now: Date): Promise<number> =>
      database.isSqlite ? countLiveInPieces(now) : countLiveAmong(sqlPiece`sessions`, now),

    /** Where most people signed in from, how many that were, and how many there were in all. */
    async findBusiestAddress(since: Date): Promise<BusiestAddress | null> {
      const within = sqlPiece`at >= ${since} AND action = 'session.started'`
      const [row] = await database.$queryRaw<(Counts<'people' | 'everybody'> & { ip: string })[]>`
        SELECT ip, COUNT(DISTINCT subject_id) AS people,
          (SELECT COUNT(DISTINCT subject_id) FROM audit_events WHERE ${within}) AS everybody
        FROM audit_events WHERE ${within} AND ip <> '' GROUP BY ip ORDER BY people DESC, ip LIMIT 1`
      return row ? { ip: row.ip, people: Number(row.people), everybody: Number(row.everybody) } : null
    },

    /** Seconds from the exchange to the last use of its refresh tokens, on average. Null where none was used since then. */
    async averageRefreshing(since: Date): Promise<number | null> {
      const seconds = database.isSqlite
        ? sqlPiece`(julianday(last_used_at) - julianday(created_at)) * 86400.0`
        : sqlPiece`EXTRACT(EPOCH FROM last_used_at - created_at)`
      const [row] = await database.$queryRaw<{ average: unknown }[]>`
        SELECT CAST(AVG(${seconds}) AS DOUBLE PRECISION) AS average FROM token_families
        WHERE last_used_at >= ${since}`
      return row?.average == null ? null : Number(row.average)
    },
  }
}
