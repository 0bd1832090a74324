import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { PortalError } from '../../src/errors.ts'
import { type Database, deleteFew, isTaken, openDatabase, sqlPiece } from '../../src/platform/database.ts'
import { applyMigrations } from '../../src/platform/migrations.ts'
import { openCutOff } from '../support/cut-off.ts'
import { WAITING } from '../support/postgres.ts'
import { type Store, stores } from '../support/stores.ts'

const AT_MOST_MS = 2_000
const postgres = stores.at(-1) as Store

async function open(store = postgres) {
  const opened = await store.open()
  const url = opened.settings.DATABASE_URL
  await applyMigrations(url)
  const line = await openCutOff({ port: Number(new URL(url).port) || 1 })
  const sql = await openDatabase({ url: line.through(url) })
  return {
    ...sql,
    line,
    async [Symbol.asyncDispose]() {
      await sql.close()
      await line.close()
      await opened.close()
    },
  }
}

function write(database: Database, email = `${randomUUID()}@example.com`) {
  const now = new Date()
  const data = { id: randomUUID(), email, registeredAt: now, createdAt: now }
  return database.user.create({ data, select: { id: true } })
}

async function isSomebodyWaiting(database: Pick<Database, '$queryRawUnsafe'>): Promise<boolean> {
  const waiting = await database.$queryRawUnsafe<unknown[]>(WAITING)
  return waiting.length > 0
}

async function isAway(work: Promise<unknown>) {
  const startedAt = performance.now()
  await assert.rejects(
    work,
    (error) => error instanceof PortalError && error.code === 'temporarily_unavailable',
  )
  assert.ok(performance.now() - startedAt < AT_MOST_MS, 'took too long')
}

const silences = { refuse: 'is gone', blackHole: 'does not answer', cut: 'hangs up' } as const

for (const [silence, what] of Object.entries(silences)) {
  test(`a database that ${what} is soon told apart from a mistake, and works again when it is back`, async () => {
    await using sql = await open()
    await Promise.all(Array.from({ length: 5 }, () => sql.ping()))
    await sql.transact((database) => write(database))
    sql.line[silence as keyof typeof silences]()

    if (silence !== 'cut') {
      await isAway(sql.database.user.findFirst())
      await isAway(sql.database.$queryRaw`SELECT 1`)
      await isAway(sql.transact((database) => write(database)))
    }
    sql.line.pass()
    while (!(await sql.ping().catch(() => null)));
    await sql.transact((database) => write(database))
  })
}

test('a transaction that lost its connection midway leaves nothing behind', async () => {
  await using sql = await open()
  for (const silence of ['cut', 'blackHole'] as const) {
    const email = `${randomUUID()}@example.com`
    await isAway(
      sql.transact(async (database) => {
        await write(database, email)
        sql.line[silence]()
        await write(database)
      }),
    )
    sql.line.pass()
    while (!(await sql.ping().catch(() => null)));
    assert.equal(await sql.database.user.count({ where: { email } }), 0)
  }
})

test('a commit whose answer was lost is an outage, not a success', async () => {
  await using sql = await open()
  await sql.ping()
  const happened = sql.line.cutBeforeAnswerTo(/COMMIT/)
  await isAway(sql.transact((database) => write(database)))
  await happened
})

test('connections that fell silent while idle make nobody wait once the outage is over', async () => {
  await using sql = await open()
  await Promise.all(Array.from({ length: 8 }, () => sql.database.$queryRaw`SELECT pg_sleep(0.2)::text`))
  assert.equal(sql.line.connections(), 8)
  sql.line.blackHole()
  await isAway(sql.database.$queryRaw`SELECT 1`)
  sql.line.pass()

  await sql.ping()
  await sql.transact((database) => write(database))
})

test('a statement that begins with its name is planned once, and no other is kept', async () => {
  await using sql = await open()
  const ask = (number: number) =>
    sql.database.$queryRaw<{ answer: number }[]>`/* double-it */ SELECT ${number}::int * 2 AS answer`
  for (const number of [1, 2, 3]) assert.deepEqual(await ask(number), [{ answer: number * 2 }])
  await write(sql.database)

  const kept = await sql.database.$queryRaw`SELECT name FROM pg_prepared_statements`
  assert.deepEqual(kept, [{ name: 'double-it' }])
})

test('a statement that takes too long is given up, and its connection with it', async () => {
  await using sql = await open()
  await isAway(sql.database.$queryRaw`SELECT pg_sleep(3)::text`)
  await sql.transact((database) => write(database))
})

test('a row that changes before it is deleted is judged by what it has become', async () => {
  await using sql = await open()
  await write(sql.database)
  const where = sqlPiece`email_verified_at IS NULL AND pg_advisory_xact_lock(1)::text IS NOT NULL`
  const target = { table: sqlPiece`users`, key: sqlPiece`id`, where, most: 1 }

  const deleting = await sql.transact(async (database) => {
    await database.$queryRaw`SELECT pg_advisory_xact_lock(1)::text`
    await database.user.updateMany({ data: { emailVerifiedAt: new Date() } })
    // Prisma sends nothing until somebody asks for the answer.
    const deleted = Promise.resolve(deleteFew(sql.database, target))
    while (!(await isSomebodyWaiting(database)));
    return { deleted }
  })

  assert.equal(await deleting.deleted, 0)
  assert.equal(await sql.database.user.count(), 1)
})

for (const store of stores.filter(({ name }) => name !== 'SQLite and Redis')) {
  test(`an error in the data is not taken for an outage (${store.name})`, async () => {
    await using sql = await open(store)
    await write(sql.database, 'ada@example.com')
    const again = (database: Database) => write(database, 'ada@example.com')
    await assert.rejects(again(sql.database), (error) => isTaken(error, 'email'))
    await assert.rejects(sql.transact(again), (error) => isTaken(error, 'email'))
    await assert.rejects(
      sql.transact(() => Promise.reject(new TypeError('a bug'))),
      TypeError,
    )
    await assert.rejects(sql.database.$queryRaw`SELECT nonsense`, (error) => !(error instanceof PortalError))
  })

  test(`a transaction that is undone leaves nothing behind and returns the given value (${store.name})`, async () => {
    await using sql = await open(store)
    const answer = await sql.transact<string>(async (database, undo) => {
      await write(database)
      return undo('too late')
    })
    assert.equal(answer, 'too late')
    assert.equal(await sql.database.user.count(), 0)

    await sql.transact((database) => write(database, 'ada@example.com'))
    const known = await sql.transact<boolean>(async (database, undo) => {
      await write(database, 'ada@example.com').catch(() => undo(true))
      return false
    })
    assert.equal(known, true)
  })

  test(`many writers at once all get their turn (${store.name})`, async () => {
    await using sql = await open(store)
    await Promise.all(
      Array.from({ length: 20 }, () =>
        sql.transact(async (database) => {
          await write(database)
          await write(database)
        }),
      ),
    )
    assert.equal(await sql.database.user.count(), 40)
  })
}
