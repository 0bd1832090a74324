import { EventEmitter, once } from 'node:events'
import type { Figure } from '../platform/metrics.ts'
import type { Hired } from './crew.ts'

const ANSWER_WITHIN_MS = 500
const RISING = ['counter', 'histogram']

/** What all workers count together. What those counted that are gone stays, so that no counter falls. */
export function createFigures() {
  const newest = new Map<Hired, Figure[]>()
  const counted = new EventEmitter()
  let ofThoseGone: Figure[] = []

  /** Whoever does not answer in time is known by what it said last. */
  async function ask(worker: Hired): Promise<void> {
    const answered = once(counted, String(worker.id), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    worker.send({ order: 'read' })
    await answered.catch(() => {})
  }

  async function answer(asker: Hired) {
    const others = [...newest.keys()].filter((worker) => worker !== asker)
    await Promise.all(others.map(ask))
    asker.send({ order: 'take', others: [ofThoseGone, ...others.map((worker) => newest.get(worker) ?? [])] })
  }

  return {
    follow(worker: Hired): Hired {
      newest.set(worker, [])
      worker.listen((message) => {
        if ('figures' in message) newest.set(worker, message.figures)
        if (message.report === 'counted') counted.emit(String(worker.id))
        if (message.report === 'asks') void answer(worker)
      })
      worker.ended.then(() => {
        ofThoseGone = addUp(ofThoseGone, newest.get(worker) ?? [])
        newest.delete(worker)
      })
      return worker
    },
  }
}

type Value = Figure['values'][number] & { metricName?: string }

/** Of what only rises. How things stand with somebody who is gone does not matter. */
function addUp(before: Figure[], more: Figure[]): Figure[] {
  const sums = new Map(before.map((figure) => [figure.name, figure]))
  for (const figure of more.filter(({ type }) => RISING.includes(String(type)))) {
    const values = [...(sums.get(figure.name)?.values ?? []), ...figure.values]
    const byLabels = Map.groupBy(values, toKey)
    const summed = [...byLabels.values()].map((same) => ({
      ...(same[0] as (typeof same)[number]),
      value: same.reduce((sum, { value }) => sum + value, 0),
    }))
    sums.set(figure.name, { ...figure, values: summed })
  }
  return [...sums.values()]
}

function toKey({ labels, metricName }: Value): string {
  return JSON.stringify([metricName, labels])
}
