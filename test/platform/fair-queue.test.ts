import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PortalError } from '../../src/errors.ts'
import { createFairQueue } from '../../src/platform/fair-queue.ts'

const isOverloaded = (error: unknown) => error instanceof PortalError && error.code === 'overloaded'

/** A queue whose work waits until it is let go. */
function openQueue({ atOnce = 1, length = 4 } = {}) {
  const queue = createFairQueue({ atOnce, length })
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
  const done: string[] = []
  const outcomes: Promise<string>[] = []

  function ask(...asker: string[]) {
    const outcome = queue
      .run(asker, () => gate.then(() => done.push(asker.join(' '))))
      .then(
        () => 'served',
        (error) => (isOverloaded(error) ? 'refused' : String(error)),
      )
    outcomes.push(outcome)
    return outcome
  }

  return { queue, ask, done, letGo, finish: () => Promise.all(outcomes) }
}

test('while the queue is full, whoever has most turns in it gives way to who has fewer', async () => {
  const { ask, letGo, finish, done } = openQueue()
  for (let turn = 0; turn < 5; turn++) ask('flood', `account ${turn}`)

  const stranger = ask('stranger', 'ada')
  const another = ask('another', 'grace')
  letGo()
  await finish()

  assert.equal(await stranger, 'served')
  assert.equal(await another, 'served')
  assert.deepEqual(done.slice(-2), ['stranger ada', 'another grace'])
  assert.equal(done.filter((name) => name.startsWith('flood')).length, 3)
})

test('a flood at one account from everywhere gives way, too', async () => {
  const { ask, letGo, finish } = openQueue()
  for (let turn = 0; turn < 5; turn++) ask(`address ${turn}`, 'ada')

  const stranger = ask('stranger', 'grace')
  const more = ask('one more address', 'ada')
  letGo()
  await finish()

  assert.deepEqual([await stranger, await more], ['served', 'refused'])
})

test('a full queue of people with one turn each turns the next one away', async () => {
  const { queue, ask, letGo, finish } = openQueue()
  for (let turn = 0; turn < 5; turn++) ask(`address ${turn}`, `account ${turn}`)

  assert.throws(() => queue.ensureRoom(['stranger', 'ada']), isOverloaded)
  const stranger = ask('stranger', 'ada')
  letGo()

  assert.deepEqual(await finish(), [...Array(5).fill('served'), 'refused'])
  assert.equal(await stranger, 'refused')
  assert.doesNotThrow(() => queue.ensureRoom(['stranger', 'ada']))
})

test('no more work is done at once than was said, and what fails frees its place', async () => {
  const queue = createFairQueue({ atOnce: 2, length: 50 })
  let [running, most] = [0, 0]
  const work = async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    throw new Error('as it happens')
  }

  const results = await Promise.allSettled(Array.from({ length: 30 }, () => queue.run(['one'], work)))

  assert.ok(results.every(({ status }) => status === 'rejected'))
  assert.equal(most, 2)
  assert.equal(await queue.run(['one'], async () => 'done'), 'done')
})
