import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openLog } from '../../src/platform/log.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { openWorld } from '../../src/wiring/world.ts'
import { createServices } from '../../src/wiring.ts'
import { findFreePort } from '../support/free-port.ts'
import { openPostgres } from '../support/postgres.ts'
import { openRedis } from '../support/redis.ts'
import { startOnServerCore, stop, timeNpmStart, waitUntilUp } from './processes.ts'

const PEOPLE = 40
const PASSWORD = 'sunset marble violin'

/** The portal as it runs in production, on the server's core, beside the bare server; both on one Redis. */
export async function openBenchPortal() {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const redis = await openRedis()
  const postgres = await openPostgres()
  const database = await postgres.createDatabase()
  const [portalPort, barePort] = [await findFreePort(), await findFreePort()]
  const baseUrl = `http://localhost:${portalPort}`
  const settings = {
    NODE_ENV: 'production',
    SMTP_URL: 'smtp://127.0.0.1:9',
    EMAIL_FROM: 'bench@example.com',
    PORT: String(portalPort),
    HOST: '127.0.0.1',
    BASE_URL: baseUrl,
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    SECRET_KEY: 'a-key-for-measuring-only-that-nobody-uses-elsewhere',
    TRUST_PROXY: '1',
  }
  const people = await addPeople(settings)

  const health = `http://127.0.0.1:${portalPort}/health/live`
  await timeNpmStart(settings, health) // so that its code was compiled once
  const npmStartMs = await timeNpmStart(settings, health)
  const portal = startOnServerCore(new URL('../../src/server.ts', import.meta.url), { env: settings })
  portal.stdout?.resume()
  const startMs = await waitUntilUp(health)
  const barePath = new URL('bare-server.ts', import.meta.url)
  const bare = startOnServerCore(barePath, { args: [redis.url, String(barePort)] })
  await waitUntilUp(`http://127.0.0.1:${barePort}/`)

  return {
    baseUrl,
    bareUrl: `http://127.0.0.1:${barePort}/`,
    databaseUrl: database.url,
    redis,
    people,
    startMs,
    npmStartMs,
    stopPortal: () => stop(portal),
    async close() {
      await stop(bare)
      await database.drop()
      await postgres.close()
      await redis.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function addPeople(settings: Record<string, string>) {
  const config = readConfig(settings)
  await applyMigrations(config.databaseUrl)
  const world = await openWorld(config, { log: openLog('silent'), clock: systemClock })
  const { repositories, passwords, close } = createServices(config, world)
  const passwordHash = await passwords.hash(PASSWORD)
  const now = new Date()
  const emails = Array.from({ length: PEOPLE }, (_, index) => `person-${index}@example.com`)
  for (const email of emails) {
    await repositories.users.insert({
      email,
      emailVerifiedAt: now,
      wantedUsername: null,
      displayName: 'Ada Lovelace',
      passwordHash,
      now,
    })
  }
  await close()
  await world.close()
  return emails.map((email) => ({ email, password: PASSWORD }))
}

/** A session as a browser and as a program hold it. */
export async function signIn(baseUrl: string, { email, password }: { email: string; password: string }) {
  const number = /\d+/.exec(email)?.[0]
  const answer = await fetch(`${baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `10.1.0.${number}` },
    body: JSON.stringify({ login: email, password, remember: true }),
  })
  const { session } = (await answer.json()) as { session: { id: string } }
  const cookies = answer.headers.getSetCookie()
  const cookie = cookies.find((line) => line.startsWith('session='))?.split(';')[0] ?? ''
  return { secret: session.id, cookie }
}

export async function exchange(baseUrl: string, secret: string, scope: string) {
  const answer = await fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
    body: new URLSearchParams({ scope }),
  })
  return (await answer.json()) as { access_token: string; refresh_token: string }
}
