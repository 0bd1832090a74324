import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../src/domain/time.ts'
import { ada } from '../../support/people.ts'
import { openWorkers, visit, type Worker } from '../../support/workers.ts'

function prove({ client }: Worker, secret: string) {
  return client.post('/auth/reauthenticate', { password: ada.password }, secret)
}

function endAll({ client }: Worker, secret: string) {
  return client.post('/auth/logout-all', undefined, secret)
}

test('a proof counts in every process at once, and what they had copied of the session counts nowhere', async () => {
  await using workers = await openWorkers()
  const { one, other, clock } = workers
  const secret = await workers.signInAndVisit()
  clock.forward(6 * MINUTE_MS)
  assert.equal(await visit(other, secret), 'welcome')
  assert.equal((await endAll(other, secret)).body.code, 'reauthentication_required')

  const renewed = (await prove(one, secret)).body.session.id

  for (const worker of [other, one]) assert.equal(await visit(worker, secret), '401 session_ended')
  assert.equal(await visit(one, renewed), 'welcome')
  assert.equal((await endAll(other, renewed)).status, 204)
  for (const worker of [other, one]) assert.equal(await visit(worker, renewed), '401 session_ended')
}) // LOG-11

test('where Redis cannot be reached, the new secret is given only when nobody accepts the old one', async () => {
  await using workers = await openWorkers({ settings: { SESSION_LEASE: '1s' } })
  const { one, other } = workers
  const secret = await workers.signInAndVisit()
  one.redisLine.refuse()
  assert.equal(await visit(other, secret), 'welcome')

  const { status, body } = await prove(one, secret)

  assert.equal(status, 200)
  assert.equal(await visit(other, secret), '401 session_ended')
  assert.equal(await visit(other, body.session.id), 'welcome')
})

test('of proofs that are given at once in two processes, each goes on, and none is over before it began', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signInAndVisit()

  const answers = await Promise.all([prove(one, secret), prove(other, secret), prove(one, secret)])

  for (const { status, body } of answers) {
    assert.equal(status, 200)
    assert.equal(await visit(other, body.session.id), 'welcome')
  }
  assert.equal(await visit(other, secret), '401 session_ended')
})

test('a proof that was under way when everything was ended opens nothing', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [secret, mine] = [await workers.signInAndVisit(), await workers.signIn()]

  const almostDone = other.sqlLine.holdFrom(/COMMIT/)
  const proving = prove(other, secret)
  await almostDone
  // Waits for the session's row, which the proof holds.
  const ending = endAll(one, mine)
  other.sqlLine.release()
  const [proof, end] = await Promise.all([proving, ending])

  assert.equal(end.status, 204)
  if (proof.status === 200) assert.equal(await visit(other, proof.body.session.id), '401 session_ended')
  assert.equal(await visit(one, secret), '401 session_ended')
})

test('when the database does not answer, the old secret goes on and there is no new one', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const secret = await workers.signInAndVisit()
  one.sqlLine.refuse()

  const { status, body } = await prove(one, secret)

  assert.deepEqual([status, body.code], [503, 'temporarily_unavailable'])
  one.sqlLine.pass()
  assert.equal(await visit(workers.other, secret), 'welcome')
})
