import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorkers, visit } from '../support/workers.ts'

const ANYTHING = /[\s\S]+/

test('checking a recent session costs one Redis command and no SQL, and writes nothing', async () => {
  await using workers = await openWorkers()
  const { one, other, redis } = workers
  const secret = await workers.signInAndVisit()
  await visit(other, secret)
  const changesBefore = await countChanges()

  for (const worker of [one, other]) {
    let commands: string[][] = []
    const questions = await worker.sqlLine.countDuring(ANYTHING, async () => {
      commands = await redis.commandsDuring(() => visit(worker, secret))
    })
    assert.deepEqual(
      commands.map(([name]) => name),
      ['evalsha'],
    )
    assert.equal(questions, 0)
  }
  assert.equal(await countChanges(), changesBefore)

  async function countChanges() {
    return /rdb_changes_since_last_save:\d+/.exec(String(await redis.command('INFO', 'persistence')))?.[0]
  }
})

test('a page for a visitor asks neither Redis nor the database', async () => {
  await using workers = await openWorkers()
  const { one, redis } = workers
  const visitPages = async () => {
    for (const path of ['/', '/login', '/register', '/logout', '/account', '/css/app.css', '/no-such-page'])
      await one.openVisitor().visit(path)
  }
  await visitPages()

  let commands: string[][] = []
  const questions = await one.sqlLine.countDuring(ANYTHING, async () => {
    commands = await redis.commandsDuring(visitPages)
  })
  assert.deepEqual(commands, [])
  assert.equal(questions, 0)
})

test('after Redis was emptied each process asks the database once for each session, however many ask it', async () => {
  await using workers = await openWorkers()
  const { one, other, redis } = workers
  const secrets = [await workers.signIn(), await workers.signIn()]
  for (const secret of secrets) await visit(one, secret)
  await redis.command('FLUSHALL')

  for (const worker of [one, other]) {
    const questions = await worker.sqlLine.countDuring(/FROM sessions s JOIN users/g, async () => {
      const visits = secrets.flatMap((secret) => Array.from({ length: 10 }, () => visit(worker, secret)))
      for (const welcome of await Promise.all(visits)) assert.equal(welcome, 'welcome')
    })
    assert.ok(questions <= secrets.length, `${questions} questions`)
  }
}) // R3

test('signing in writes the session and its audit event in one statement', async () => {
  await using workers = await openWorkers()
  await workers.signIn()

  const transactions = await workers.one.sqlLine.countDuring(/\b(BEGIN|COMMIT)\b/g, workers.signIn)

  assert.equal(transactions, 0)
  const events = await workers.one.database.auditEvent.findMany({ where: { action: 'session.started' } })
  const sessions = await workers.one.database.session.findMany()
  assert.deepEqual(
    events.map(({ details }) => JSON.parse(details).session).toSorted(),
    sessions.map(({ id }) => id).toSorted(),
  )
})
