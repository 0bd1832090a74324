import type { Clock } from '../../src/platform/clock.ts'
import { createTestClock } from './clock.ts'
import { openCutOff } from './cut-off.ts'
import { ada } from './people.ts'
import { openPortal, type Portal } from './portal.ts'
import { WAITING } from './postgres.ts'
import { stores } from './stores.ts'

export type Worker = Awaited<ReturnType<typeof openWorker>>
type Store = { DATABASE_URL: string; REDIS_URL: string }
type Options = { settings?: Record<string, string>; clock?: Clock }

const MINUTE_MS = 60_000

/** Two portals that share PostgreSQL and Redis, each by lines of its own, and have trusted Redis for a while. */
export async function openWorkers({ settings = {} }: { settings?: Record<string, string> } = {}) {
  const store = await stores.find(({ name }) => name === 'PostgreSQL and Redis')?.open()
  if (!store?.redis || !store.settings.REDIS_URL) throw new Error('there is no store with Redis')
  const urls = { DATABASE_URL: store.settings.DATABASE_URL, REDIS_URL: store.settings.REDIS_URL }
  // Several processes of one portal have one address.
  const shared = { BASE_URL: 'http://portal.test', ...settings }
  const clock = createTestClock()
  const one = await openWorker(urls, { settings: shared, clock, people: [ada] })
  const other = await openWorker(urls, { settings: shared, clock })
  clock.forward(MINUTE_MS)

  async function signIn(worker: Worker = one): Promise<string> {
    const answer = await worker.client.post('/auth/login', { login: ada.email, password: ada.password })
    return answer.body.session.id
  }

  return {
    redis: store.redis,
    urls,
    clock,
    one,
    other,
    signIn,
    /** Signed in, and copied to Redis. */
    async signInAndVisit(): Promise<string> {
      const secret = await signIn()
      await visit(one, secret)
      return secret
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([one.close(), other.close()])
      await store.close()
    },
  }
}

async function openWorker(
  urls: Store,
  { settings = {}, ...options }: Options & Pick<Parameters<typeof openPortal>[0] & object, 'people'>,
) {
  const sqlLine = await openCutOff({ port: Number(new URL(urls.DATABASE_URL).port) })
  const redisLine = await openCutOff({ port: Number(new URL(urls.REDIS_URL).port) })
  const lines = {
    DATABASE_URL: sqlLine.through(urls.DATABASE_URL),
    REDIS_URL: redisLine.through(urls.REDIS_URL),
  }
  const portal = await openPortal({ settings: { ...lines, ...settings }, ...options })
  await findsRedis(portal)
  return {
    ...portal,
    sqlLine,
    redisLine,
    async close() {
      await portal[Symbol.asyncDispose]()
      await Promise.all([sqlLine.close(), redisLine.close()])
    },
  }
}

/** From then on, and after a lease, it believes the copies there. */
export async function findsRedis({ world: { redis } }: Portal) {
  while (!redis?.isUp()) await new Promise(setImmediate)
}

/** What a session opens: 200, or 401 with the reason, or 503. */
export async function visit({ client }: Pick<Portal, 'client'>, secret: string): Promise<string> {
  const { status, body } = await client.get('/auth/me', secret)
  return status === 200 ? 'welcome' : `${status} ${body.code}`
}

export function signOut({ client }: Pick<Portal, 'client'>, secret: string) {
  return client.post('/auth/logout', undefined, secret)
}

/** For a lock that somebody else holds. */
export async function isSomebodyWaiting({ database }: Pick<Portal, 'database'>): Promise<boolean> {
  const waiting = await database.$queryRawUnsafe<unknown[]>(WAITING)
  return waiting.length > 0
}
