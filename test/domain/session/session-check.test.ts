import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Member } from '../../../src/domain/session/session.ts'
import { createSessionCheck } from '../../../src/domain/session/session-check.ts'
import { createBreaker } from '../../../src/platform/breaker.ts'
import { createSessionCopies } from '../../../src/platform/session-copies.ts'
import { noTally } from '../../../src/platform/tally.ts'
import { openWorkers } from '../../support/workers.ts'

const LEASE_MS = 5_000

/** A check whose first read from SQL is slow: its answer waits for `release()`. */
function createSlowCheck({ one, clock }: Awaited<ReturnType<typeof openWorkers>>) {
  const { redis, sqlForChecks } = one.world
  if (!redis) throw new Error('there is no Redis')
  const reads = one.services.repositories.sessions
  let release = () => {}
  let isFirst = true
  let hasRead = () => {}
  const read = new Promise<void>((resolve) => {
    hasRead = resolve
  })
  const released = new Promise<void>((resolve) => {
    release = resolve
  })

  async function findBySecretHash(hash: string) {
    const wait = isFirst
    isFirst = false
    const record = await reads.findBySecretHash(hash)
    if (!wait) return record
    hasRead()
    await released
    return record
  }

  const { bySecret: check } = createSessionCheck({
    sessionReads: { ...reads, findBySecretHash },
    sql: createBreaker(sqlForChecks.ping),
    copies: createSessionCopies<Member>({ redis, keys: [randomBytes(32)], log: one.world.log }),
    isEndedHere: () => false,
    tally: noTally,
    clock,
    leaseMs: LEASE_MS,
    staleIfSqlDown: true,
  })
  return { check, read, release }
}

test('nobody is let in by a question to the database that was asked before the session ended', async () => {
  await using workers = await openWorkers()
  const { one, clock } = workers
  const secret = await workers.signIn()
  const { check, read, release } = createSlowCheck(workers)

  const slow = check(secret)
  await read
  // The end of a process that Redis is out of reach for: acknowledged after a lease.
  await one.database.session.updateMany({ data: { revokedAt: clock.now() } })
  clock.forward(LEASE_MS + 100)
  const late = check(secret)
  setImmediate(release)

  assert.equal((await late).state, 'ended')
  assert.equal((await slow).state, 'live')
})

test('nor by one that was asked before Redis was emptied', async () => {
  await using workers = await openWorkers()
  const { one, redis } = workers
  const secret = await workers.signIn()
  const { check, read, release } = createSlowCheck(workers)

  const slow = check(secret)
  await read
  await one.client.post('/auth/logout', undefined, secret)
  await redis.command('FLUSHALL')
  const late = check(secret)
  setTimeout(release, 100)

  assert.equal((await late).state, 'ended')
  await slow
})
