import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MINUTE_MS } from '../../../src/domain/time.ts'
import { ada } from '../../support/people.ts'
import { isSomebodyWaiting, openWorkers, signOut, visit, type Worker } from '../../support/workers.ts'

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

test('whoever ends a session by the id it had before a proof ends what goes on in its place, in every process', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [secret, mine] = [await workers.signInAndVisit(), await workers.signIn()]
  const { session_id: id } = (await one.client.get('/auth/me', secret)).body.session
  const renewed = (await prove(one, secret)).body.session.id
  const again = (await prove(other, renewed)).body.session.id
  assert.equal(await visit(one, again), 'welcome')

  const ended = await other.client.call('delete', `/auth/sessions/${id}`, mine)

  assert.equal(ended.status, 204)
  for (const worker of [one, other])
    for (const each of [secret, renewed, again]) assert.equal(await visit(worker, each), '401 session_ended')
  assert.equal(await visit(one, mine), 'welcome')
}) // SES-14

test('a proof that was under way when its session was ended elsewhere leaves nothing behind', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [secret, mine] = [await workers.signInAndVisit(), await workers.signIn()]
  const { session_id: id } = (await one.client.get('/auth/me', secret)).body.session

  const almostDone = other.sqlLine.holdFrom(/COMMIT/)
  const proving = prove(other, secret)
  await almostDone
  const ending = one.client.call('delete', `/auth/sessions/${id}`, mine)
  while (!(await isSomebodyWaiting(one))) await setImmediate()
  other.sqlLine.release()
  const [proof, end] = await Promise.all([proving, ending])

  assert.deepEqual([proof.status, end.status], [200, 204])
  for (const worker of [one, other])
    assert.equal(await visit(worker, proof.body.session.id), '401 session_ended')
})

test('signing out after a proof that was sent twice leaves no twin behind', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signInAndVisit()
  const [mine, twin] = await Promise.all([prove(one, secret), prove(other, secret)])

  await signOut(one, mine.body.session.id)

  assert.equal(await visit(other, twin.body.session.id), '401 session_ended')
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
