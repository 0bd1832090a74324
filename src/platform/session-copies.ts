import { randomUUID } from 'node:crypto'
import { createCopySeal } from './copy-seal.ts'
import type { Log } from './log.ts'
import type { RedisLink } from './redis.ts'
import { SLOT_NAMES } from './redis-client.ts'

export type SessionCopies<T> = ReturnType<typeof createSessionCopies<T>>
export type Copy<T> = { ver: number; until: number; era: string; value: T }
/**
 * What Redis says about a session, with its own time in milliseconds. A new era begins when Redis has lost, or is told to forget,
 * all copies. Within it a new generation begins when something changes: nothing read before may be filled in any more.
 */
export type CopyAnswer<T> = {
  copy: Copy<T> | 'ended' | null
  redisTimeMs: number
  era: string
  generation: string
}

/** `keys` seal the copies: the first seals new ones, all are accepted. */
type Dependencies = { redis: RedisLink; keys: Buffer[]; log: Log }
type Scripts = {
  ghRead(copy: string, generation: string, fresh: string): Promise<[string, string, string]>
  ghFill(
    copy: string,
    generation: string,
    seen: string,
    value: string,
    ttlMs: number,
  ): Promise<'OK' | 'GEN' | 'TOMB'>
  ghTomb(copy: string, ttlMs: number): Promise<'OK'>
  ghDrop(copy: string, generation: string, fresh: string): Promise<'OK' | 'TOMB'>
  ghSave(copy: string, version: number, value: string): Promise<0 | 1 | -1>
}

const TOMBSTONE = 'T'
const SCANNED_AT_ONCE = 500
const TOLD_AT_MOST_EVERY_MS = 60 * 60 * 1_000

/** Anything that is not text, because somebody wrote something else there, counts as nothing. */
const TEXT_AT = `
local function textAt(key)
  local text = redis.pcall('GET', key)
  return type(text) == 'string' and text or ''
end`

/** One command: the copy, Redis' time, and the generation, which a flushed Redis starts anew. */
const READ = `${TEXT_AT}
local t = redis.call('TIME')
local g = textAt(KEYS[2])
if g == '' then g = ARGV[1]; redis.call('SET', KEYS[2], g) end
return {textAt(KEYS[1]), tostring(t[1]*1000 + math.floor(t[2]/1000)), g}`

/** Never over a tombstone, and never into a memory that forgot tombstones since the READ. */
const FILL = `${TEXT_AT}
if textAt(KEYS[2]) ~= ARGV[1] then return 'GEN' end
if string.sub(textAt(KEYS[1]),1,1) == '${TOMBSTONE}' then return 'TOMB' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]); return 'OK'`

const TOMB = `redis.call('SET', KEYS[1], '${TOMBSTONE}', 'PX', ARGV[1]); return 'OK'`

/** Whoever read before this can no longer FILL: the generation is another one. An end stays. */
const DROP = `${TEXT_AT}
if string.sub(textAt(KEYS[1]),1,1) == '${TOMBSTONE}' then return 'TOMB' end
redis.call('DEL', KEYS[1])
local era = string.match(textAt(KEYS[2]), '^[^:]*')
if era ~= '' then redis.call('SET', KEYS[2], era .. ':' .. ARGV[1]) end
return 'OK'`

/** Only over the version it was made from: a slow request cannot write back what was ended meanwhile. */
const SAVE = `${TEXT_AT}
local c = textAt(KEYS[1])
if c == '' or string.sub(c,1,1) == '${TOMBSTONE}' then return 0 end
local isRead, copy = pcall(cjson.decode, c)
if not isRead or type(copy) ~= 'table' or copy.ver ~= tonumber(ARGV[1]) then return -1 end
redis.call('SET', KEYS[1], ARGV[2], 'XX', 'KEEPTTL'); return 1`

/** Leased copies of sessions in Redis, by the hash of their secret. Null answers mean that Redis was not reached. */
export function createSessionCopies<T>({ redis, keys, log }: Dependencies) {
  const seal = createCopySeal<Copy<T>>(keys)
  let toldAtMs = Number.NEGATIVE_INFINITY
  redis.client.defineCommand('ghRead', { numberOfKeys: 2, lua: READ })
  redis.client.defineCommand('ghFill', { numberOfKeys: 2, lua: FILL })
  redis.client.defineCommand('ghTomb', { numberOfKeys: 1, lua: TOMB })
  redis.client.defineCommand('ghDrop', { numberOfKeys: 2, lua: DROP })
  redis.client.defineCommand('ghSave', { numberOfKeys: 1, lua: SAVE })

  const run = <A>(command: (scripts: Scripts) => Promise<A>) =>
    redis.run((client) => command(client as unknown as Scripts))

  /** Anything not ours is no copy: SQL is asked, and its answer replaces it. */
  function open(hash: string, text: string): Copy<T> | 'ended' | null {
    if (text === '') return null
    if (text.startsWith(TOMBSTONE)) return 'ended'
    const copy = seal.open(hash, text)
    if (!copy) tellForged()
    return copy
  }

  function tellForged() {
    const nowMs = performance.now()
    if (nowMs - toldAtMs < TOLD_AT_MOST_EVERY_MS) return
    toldAtMs = nowMs
    log.warn(
      'a copy of a session in Redis is not ours: made with another SECRET_KEY, by another version, or by somebody else. The database is asked instead',
    )
  }

  return {
    events: redis.events,

    async read(hash: string): Promise<CopyAnswer<T> | null> {
      const reply = await run((scripts) => scripts.ghRead(copyKey(hash), generationKey(hash), randomUUID()))
      if (!reply) return null
      const [text, redisTimeMs, generation] = reply.answer
      const era = toEra(generation)
      const copy = open(hash, text)
      const isForgotten = copy !== 'ended' && copy?.era !== era
      return { copy: isForgotten ? null : copy, redisTimeMs: Number(redisTimeMs), era, generation }
    },

    /** `generation` and the lease in `copy.until` come from the READ that was made before SQL was asked. */
    async fill(
      hash: string,
      { generation, copy, ttlMs }: { generation: string; copy: Copy<T>; ttlMs: number },
    ): Promise<boolean> {
      const value = seal.seal(hash, copy)
      const reply = await run((scripts) =>
        scripts.ghFill(copyKey(hash), generationKey(hash), generation, value, Math.max(1, Math.ceil(ttlMs))),
      )
      return reply?.answer === 'OK'
    },

    /** True only when Redis said that the tombstone stands. */
    async bury(hash: string, ttlMs: number): Promise<boolean> {
      return (await run((scripts) => scripts.ghTomb(copyKey(hash), Math.max(1, Math.ceil(ttlMs))))) !== null
    },

    /** True only when Redis said that the copy is gone, and that nothing read before takes its place. */
    async drop(hash: string): Promise<boolean> {
      return (
        (await run((scripts) => scripts.ghDrop(copyKey(hash), generationKey(hash), randomUUID()))) !== null
      )
    },

    /** The hashes of all sessions that have a copy, ended ones left out, a few hundred at a time. Throws when Redis does not answer. */
    async *scan(): AsyncGenerator<string[]> {
      for (const node of redis.nodes())
        for await (const keys of node.scanStream({ match: 'gh:{*}:s:*', count: SCANNED_AT_ONCE })) {
          const beginnings = await Promise.all(keys.map((key: string) => node.getrange(key, 0, 0)))
          yield keys.filter((_: string, index: number) => beginnings[index] !== TOMBSTONE).map(toHash)
        }
    },

    /** True only when Redis said that no copy made until now counts any more. Ends stay. */
    async forgetAll(): Promise<boolean> {
      const keys = SLOT_NAMES.map((slot) => generationKey(slot))
      return (await redis.run((client) => Promise.all(keys.map((key) => client.del(key))))) !== null
    },

    /** Replaces only this `copy`: one that has ended or changed meanwhile is left as it is. */
    async save(hash: string, copy: Copy<T>, value: T): Promise<boolean> {
      const next = seal.seal(hash, { ...copy, ver: copy.ver + 1, value })
      const reply = await run((scripts) => scripts.ghSave(copyKey(hash), copy.ver, next))
      return reply?.answer === 1
    },
  }
}

/** Both keys of a session are in one slot of a Redis Cluster. */
function copyKey(hash: string) {
  return `gh:{${hash.slice(0, 2)}}:s:${hash}`
}

function toHash(key: string) {
  return key.slice(key.lastIndexOf(':') + 1)
}

function generationKey(hash: string) {
  return `gh:{${hash.slice(0, 2)}}:gen`
}

function toEra(generation: string): string {
  return generation.split(':', 1)[0] ?? ''
}
