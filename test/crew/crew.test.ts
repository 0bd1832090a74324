import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCrew, type Hired } from '../../src/crew/crew.ts'
import type { Command, Role } from '../../src/crew/messages.ts'
import { openLog } from '../../src/platform/log.ts'

const CANNOT = 'PORT: must be a whole number'

test('a portal begins with as many workers as asked for, and only the first migrates the database', async () => {
  const { crew, hired } = openCrew({ size: 3 })
  assert.equal(await crew.start(), null)
  assert.deepEqual(
    hired.map(({ role }) => role),
    ['first', 'next', 'next'],
  )
})

test('when the first worker cannot start, no other is tried and the reason is told', async () => {
  const { crew, hired, plan } = openCrew({ size: 3 })
  plan.failing = true
  assert.equal(await crew.start(), CANNOT)
  assert.equal(hired.length, 1)
})

test('a worker that crashes is replaced at once, and one that goes on crashing ever later', async () => {
  const { crew, serving, pauses, settled } = openCrew({ size: 2 })
  await crew.start()
  for (let crash = 0; crash < 5; crash++) {
    serving().at(-1)?.crash()
    await settled()
    assert.equal(serving().length, 2)
  }
  assert.deepEqual(pauses, [0, 500, 1_000, 2_000, 4_000])
})

test('a worker that crashes once in a while is always replaced at once', async () => {
  const { crew, serving, pauses, settled, clock } = openCrew({ size: 2 })
  await crew.start()
  for (let crash = 0; crash < 5; crash++) {
    serving()[0]?.crash()
    await settled()
    clock.forward(61_000)
  }
  assert.deepEqual(pauses, [0, 0, 0, 0, 0])
})

test('when nobody serves and nobody can start, the portal gives up and says why', async () => {
  const { crew, serving, plan, gaveUp, settled } = openCrew({ size: 2 })
  await crew.start()
  plan.failing = true
  for (const worker of serving()) worker.crash()
  await settled()
  assert.deepEqual(gaveUp.slice(0, 1), [CANNOT])
})

test('while one worker serves, the portal never gives up, and is whole again when another can start', async () => {
  const { crew, serving, plan, gaveUp, hired, settled } = openCrew({ size: 2 })
  await crew.start()
  plan.failing = true
  plan.untilHired = hired.length + 20
  serving()[0]?.crash()
  await settled()
  assert.deepEqual(gaveUp, [])
  assert.equal(serving().length, 2)
})

test('a reload replaces one worker after the other, and never has fewer than before', async () => {
  const { crew, serving, hired, fewest } = openCrew({ size: 3 })
  await crew.start()
  const before = serving()
  fewest.serving = 3
  assert.deepEqual(await crew.reload(), { outcome: 'reloaded', workers: 3 })
  assert.equal(fewest.serving, 3)
  assert.ok(before.every((worker) => worker.orders.includes('retire')))
  assert.deepEqual(
    hired.slice(3).map(({ role }) => role),
    ['first', 'next', 'next'],
  )
  assert.equal(serving().length, 3)
})

test('a reload whose new worker cannot start keeps those that serve, and says why', async () => {
  const { crew, serving, plan } = openCrew({ size: 2 })
  await crew.start()
  const before = serving()
  plan.failing = true
  assert.deepEqual(await crew.reload(), { outcome: 'kept', reason: CANNOT })
  assert.deepEqual(serving(), before)
})

test('reloads that are asked for at the same time happen one after the other, and each begins after it was asked for', async () => {
  const { crew, hired, most } = openCrew({ size: 2 })
  await crew.start()
  const first = crew.reload()
  await Promise.resolve()
  await Promise.all([first, crew.reload(), crew.reload(), crew.reload()])
  assert.equal(hired.length, 2 + 2 + 2)
  assert.equal(most.starting, 1)
})

test('a worker that crashes in the middle of a reload leaves neither one too many nor one too few', async () => {
  const { crew, serving, plan, settled } = openCrew({ size: 3 })
  await crew.start()
  const [, second] = serving()
  plan.onHire = () => second?.crash()
  await crew.reload()
  await settled()
  assert.equal(serving().length, 3)
})

test('a worker that was still starting when a reload was asked for is replaced, too', async () => {
  const { crew, serving, hired, plan, settled } = openCrew({ size: 2 })
  await crew.start()
  const before = [...hired]
  let reload: ReturnType<typeof crew.reload> | null = null
  plan.onHire = () => {
    if (reload) return
    before.push(...hired.slice(-1))
    reload = crew.reload()
  }
  serving()[0]?.crash()
  await settled()
  assert.deepEqual(await reload, { outcome: 'reloaded', workers: 2 })
  await settled()
  assert.equal(serving().length, 2)
  assert.ok(serving().every((worker) => !before.includes(worker)))
})

test('email and housekeeping are done by exactly one worker, whichever of them comes and goes', async () => {
  const { crew, serving, settled, onChores } = openCrew({ size: 2 })
  await crew.start()
  assert.equal(onChores().length, 1)

  onChores()[0]?.crash()
  await settled()
  assert.equal(onChores().length, 1)

  await crew.reload()
  assert.equal(onChores().length, 1)
  for (const worker of serving()) worker.crash()
  await settled()
  assert.equal(onChores().length, 1)
})

test('a worker that does not end when the portal stops is killed in the end', async () => {
  const { crew, serving, plan } = openCrew({ size: 2 })
  await crew.start()
  plan.stubborn = true
  const before = serving()
  await crew.close(9_500)
  assert.ok(before.every((worker) => worker.wasKilled))
})

type FakeWorker = Hired & {
  role: Role
  orders: Command[]
  hasFailed: boolean
  hasEnded: boolean
  wasKilled: boolean
  crash(): void
}

/** Workers that begin and end in no time, unless `plan` says otherwise, under a clock that does not wait. */
function openCrew({ size }: { size: number }) {
  const plan = { failing: false, stubborn: false, untilHired: Infinity, onHire: () => {} }
  const hired: FakeWorker[] = []
  const pauses: number[] = []
  const gaveUp: string[] = []
  const fewest = { serving: 0 }
  const most = { starting: 0 }
  let starting = 0
  let aheadMs = 0
  const clock = {
    now: () => new Date(),
    monotonicMs: () => aheadMs,
    forward: (ms: number) => {
      aheadMs += ms
    },
    async wait(ms: number) {
      if (gaveUp.length > 0) return new Promise<void>(() => {})
      pauses.push(ms)
      await settled()
    },
  }
  const crew = createCrew({
    size,
    hire,
    giveUp: (reason) => gaveUp.push(reason),
    clock,
    log: openLog('silent'),
  })

  function hire(role: Role): FakeWorker {
    const { promise: ended, resolve: end } = Promise.withResolvers<{
      code: number | null
      signal: string | null
    }>()
    const isFailing = plan.failing && hired.length < plan.untilHired
    const worker: FakeWorker = {
      id: hired.length + 1,
      pid: 0,
      role,
      orders: [],
      hasFailed: isFailing,
      hasEnded: false,
      wasKilled: false,
      ended,
      started: begin(isFailing),
      crash() {
        worker.hasEnded = true
        end({ code: null, signal: 'SIGKILL' })
      },
      send() {},
      listen() {},
      tell(order) {
        worker.orders.push(order)
        fewest.serving = Math.min(fewest.serving, serving().length)
        if (order === 'drain' && !plan.stubborn) end({ code: 0, signal: null })
      },
      kill() {
        worker.wasKilled = true
        worker.crash()
      },
    }
    hired.push(worker)
    plan.onHire()
    return worker
  }

  async function begin(isFailing: boolean): Promise<string | null> {
    most.starting = Math.max(most.starting, ++starting)
    await settled()
    starting--
    return isFailing ? CANNOT : null
  }

  const serving = () =>
    hired.filter(({ hasFailed, hasEnded, orders }) => !hasFailed && !hasEnded && !orders.includes('retire'))

  return {
    crew,
    hired,
    plan,
    pauses,
    gaveUp,
    fewest,
    most,
    clock,
    serving,
    settled: async () => {
      for (let turn = 0; turn < 500; turn++) await settled()
    },
    onChores: () => serving().filter(({ orders }) => orders.includes('chores')),
  }
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
