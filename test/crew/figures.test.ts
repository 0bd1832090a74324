import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { Hired } from '../../src/crew/crew.ts'
import { createFigures } from '../../src/crew/figures.ts'
import type { Order, Report } from '../../src/crew/messages.ts'
import type { Figure } from '../../src/platform/metrics.ts'

const toFigure = (value: number) => ({ name: 'asked', type: 'counter', values: [{ labels: {}, value }] })
const counted = (value: number) => [toFigure(value) as unknown as Figure]
const toValues = (lists: Figure[][]) => lists.map((list) => list.map(({ values }) => values[0]?.value))

test('whichever worker is asked hears what the others have counted, and no memory of the asking stays', async () => {
  const figures = createFigures()
  const [one, other] = [openWorker(1), openWorker(2)]
  for (const { worker } of [one, other]) figures.follow(worker)

  const answers: number[][] = []
  for (let asked = 0; asked < 20; asked++) answers.push(toValues(await one.ask()).flat() as number[])

  assert.deepEqual(answers[0], [2])
  assert.deepEqual([one.countListeners(), other.countListeners()], [1, 1])
})

test('what a worker that is gone had counted stays in the sum', async () => {
  const figures = createFigures()
  const [one, other, third] = [openWorker(1), openWorker(2), openWorker(3)]
  for (const { worker } of [one, other, third]) figures.follow(worker)
  await one.ask()

  await Promise.all([other.end(), third.end()])

  assert.deepEqual(toValues(await one.ask()), [[5]])
})

/** A worker that has counted as far as its number, and answers at once. */
function openWorker(number: number) {
  const messages = new EventEmitter()
  const ended = Promise.withResolvers<{ code: number | null; signal: string | null }>()
  const say = (report: Report) => messages.emit('message', report)
  const taken = new EventEmitter()
  const worker: Hired = {
    id: number,
    pid: number,
    started: Promise.resolve(null),
    ended: ended.promise,
    tell() {},
    send(order: Order) {
      if (order.order === 'read') setImmediate(say, { report: 'counted', figures: counted(number) })
      if (order.order === 'take') taken.emit('take', order.others)
    },
    listen: (listener) => void messages.on('message', listener),
    kill() {},
  }
  return {
    worker,
    countListeners: () => messages.listenerCount('message'),
    ask: () =>
      new Promise<Figure[][]>((resolve) => {
        taken.once('take', resolve)
        say({ report: 'asks', figures: counted(number) })
      }),
    async end() {
      ended.resolve({ code: 0, signal: null })
      await ended.promise
    },
  }
}
