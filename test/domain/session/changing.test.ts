import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWorkers, signOut, visit, type Worker } from '../../support/workers.ts'

const A_COPY = '"until"'

function rename({ client }: Worker, secret: string) {
  return client.call('patch', '/users/me', secret, { display_name: 'Countess' }).then((answer) => answer)
}

async function readName({ client }: Worker, secret: string): Promise<string> {
  return (await client.get('/auth/me', secret)).body.user.display_name
}

test('a slow reader cannot put back what a session said before its owner changed', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()

  const wantsToCopy = other.redisLine.holdFrom(A_COPY)
  const slowVisit = readName(other, secret)
  await wantsToCopy
  assert.equal((await rename(one, secret)).status, 200)
  other.redisLine.release()
  await slowVisit

  for (const worker of [other, one]) assert.equal(await readName(worker, secret), 'Countess')
})

test('nor can one that only notes that the session was used', async () => {
  await using workers = await openWorkers()
  const { one, other, clock } = workers
  const secret = await workers.signInAndVisit()
  clock.forward(2 * 60_000)

  const wantsToSave = other.redisLine.holdFrom(A_COPY)
  await visit(other, secret)
  await wantsToSave
  await rename(one, secret)
  other.redisLine.release()

  for (const worker of [other, one]) assert.equal(await readName(worker, secret), 'Countess')
})

test('a change made where Redis cannot be reached is answered only when nobody shows what was before', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const secret = await workers.signIn()
  one.redisLine.refuse()
  await visit(other, secret)

  assert.equal((await rename(one, secret)).status, 200)

  for (const worker of [other, one]) assert.equal(await readName(worker, secret), 'Countess')
})

test('a change does not revive a session that ended', async () => {
  await using workers = await openWorkers()
  const { one, other } = workers
  const [stays, leaves] = [await workers.signInAndVisit(), await workers.signInAndVisit()]
  await signOut(one, leaves)

  await rename(other, stays)

  for (const worker of [other, one]) assert.equal(await visit(worker, leaves), '401 session_ended')
})
