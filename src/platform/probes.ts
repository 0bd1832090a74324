import { chmod, lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from './database.ts'
import { openRedis } from './redis.ts'

const OTHERS = 0o077
const LOOK_EVERY_MS = 20
const REDIS_ANSWERS_WITHIN_MS = 2_000

/** How far the clock of the database is ahead of this machine's; null for SQLite, which has none of its own. Throws when it does not answer. */
export async function probeSql(url: string): Promise<{ aheadMs: number | null }> {
  const { database, isSqlite, ping, close } = await openDatabase({ url, poolSize: 1 })
  try {
    await ping()
    if (isSqlite) return { aheadMs: null }
    const sentAtMs = Date.now()
    const [row] = await database.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`
    return { aheadMs: toAhead(row.now.getTime(), sentAtMs) }
  } finally {
    await close()
  }
}

/** `evicts`: the name of a policy by which it may drop keys; null when it keeps them, or does not say. Throws when it does not answer. */
export async function probeRedis(url: string): Promise<{ aheadMs: number; evicts: string | null }> {
  const redis = openRedis(url)
  try {
    const untilMs = performance.now() + REDIS_ANSWERS_WITHIN_MS
    while (!redis.isUp()) {
      if (performance.now() > untilMs) throw new Error('no connection within two seconds')
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    const sentAtMs = Date.now()
    const [seconds, microseconds] = (await redis.client.time()) as unknown as [string, string]
    const aheadMs = toAhead(Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000), sentAtMs)
    const answer = await redis.client.config('GET', 'maxmemory-policy').catch(() => null)
    const policy = Array.isArray(answer) ? String(answer[1]) : 'noeviction'
    return { aheadMs, evicts: policy === 'noeviction' ? null : policy }
  } finally {
    redis.close()
  }
}

/** By a time that was read between sending and now. */
function toAhead(remoteMs: number, sentAtMs: number): number {
  return Math.round(remoteMs - (sentAtMs + Date.now()) / 2)
}

/** The folder and what is in it, at any depth, that its group or everybody may read or change. Links are left out. */
export async function listOpenToOthers(path: string): Promise<string[]> {
  if (process.platform === 'win32') return []
  const found = await lstat(path).catch(() => null)
  if (!found || found.isSymbolicLink()) return []
  const inside = found.isDirectory() ? await readdir(path) : []
  const deeper = await Promise.all(inside.map((name) => listOpenToOthers(join(path, name))))
  return [...(found.mode & OTHERS ? [path] : []), ...deeper.flat()]
}

export async function closeToOthers(path: string): Promise<void> {
  const { mode } = await lstat(path)
  await chmod(path, mode & 0o700)
}

export async function readFreeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
