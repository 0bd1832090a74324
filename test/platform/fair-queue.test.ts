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

test('while the queue is full, whoever has most turns in it gives way to those with fewer', async () => {
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

  let prepared = 0
  await assert.rejects(
    queue.queueUp(['stranger', 'ada'], async () => prepared++),
    isOverloaded,
  )
  assert.equal(prepared, 0)
  const stranger = ask('stranger', 'ada')
  letGo()

  assert.deepEqual(await finish(), [...Array(5).fill('served'), 'refused'])
  assert.equal(await stranger, 'refused')
  assert.equal(await ask('stranger', 'ada'), 'served')
})

test('no more work is done at once than allowed, and a failure frees its place', async () => {
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

test('whoever is still preparing has a place like everybody else', async () => {
  const { queue, ask, letGo } = openQueue({ length: 1 })
  letGo()

  await queue.queueUp(['slow'], async ({ run }) => {
    assert.equal(await ask('too many'), 'refused')
    await run(async () => 'ready at last')
  })

  assert.equal(await ask('not too many'), 'served')
})

test('whoever is ready does not wait for those still preparing', async () => {
  const { queue, ask, letGo, done } = openQueue({ length: 2 })
  letGo()

  await queue.queueUp(['slow'], async ({ run }) => {
    assert.equal(await ask('quick'), 'served')
    await run(async () => done.push('slow'))
  })

  assert.deepEqual(done, ['quick', 'slow'])
})

test('whoever cannot prepare, or turns out not to need the place, gives it back', async () => {
  const { queue, ask, letGo } = openQueue({ length: 1 })
  const failure = new Error('nobody could be found')

  for (let time = 0; time < 3; time++) {
    await assert.rejects(
      queue.queueUp(['one'], async () => {
        throw failure
      }),
      failure,
    )
    assert.equal(await queue.queueUp(['one'], async () => 'no need'), 'no need')
  }
  letGo()

  assert.equal(await ask('another'), 'served')
})

test('whoever loses the place while preparing is told so, and a place is good for one turn only', async () => {
  const { queue, ask, letGo } = openQueue({ length: 2 })
  const { promise: prepared, resolve: becomeReady } = Promise.withResolvers<void>()
  const floods = ['one', 'another'].map((account) =>
    queue.queueUp(['flood', account], async ({ run }) => {
      await prepared
      await run(async () => 'done')
      return run(async () => 'done twice')
    }),
  )

  letGo()
  assert.equal(await ask('stranger', 'ada'), 'served')
  becomeReady()
  const [first, second] = await Promise.allSettled(floods)

  assert.equal(first?.status === 'rejected' && String(first.reason), 'Error: A place is good for one turn')
  assert.ok(second?.status === 'rejected' && isOverloaded(second.reason))
})
