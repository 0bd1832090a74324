// npm run bench:day: a day in the life of a large portal, hour by hour. Tables stay as large as they were, and so does memory.
import { loadavg } from 'node:os'
import { type Hour, openSimulation } from '../support/simulated-day.ts'
import { stores } from '../support/stores.ts'

const HOURS = 30
const PEOPLE = 100_000
const SESSIONS = 1_000_000

const wanted = process.argv[2] ?? ''
for (const store of stores.filter(({ name }) => name !== 'SQLite and Redis' && name.includes(wanted)))
  await live(store)

async function live(store: (typeof stores)[number]) {
  const beganAt = performance.now()
  await using simulation = await openSimulation(store, { people: PEOPLE, sessions: SESSIONS })
  const start = await simulation.countRows()
  console.log(
    `\n${store.name}: made in ${toSeconds(performance.now() - beganAt)}; load average ${loadavg()[0]?.toFixed(1)}\n`,
  )
  console.log(
    '| hour | sessions | families | tokens | emails | events | seals | links | attempts | keys | heap MB | RSS MB | sweep s | slowest check ms |',
  )
  console.log(`|${' ---: |'.repeat(14)}`)
  row({ hour: 0, rows: start, ...simulation.measureMemory(), sweptMs: 0, slowestCheckMs: 0 })
  const hours: Hour[] = []
  for (let hour = 1; hour <= HOURS; hour++) {
    const passed = await simulation.passHour(hour, { isWatched: true })
    hours.push(passed)
    row(passed)
  }
  const last = hours.at(-1) as Hour
  for (const [table, count] of Object.entries(start))
    if (last.rows[table] !== undefined && last.rows[table] > count * 1.05 + 150)
      console.log(`${table} has grown from ${count} to ${last.rows[table]} rows`)
  console.log(
    `\n${simulation.mailbox.taken()} emails were sent. Heap per hour: ${toSlope(hours.slice(5)).toFixed(2)} MB`,
  )
}

function row({ hour, rows, heapMb, rssMb, sweptMs, slowestCheckMs }: Hour) {
  const figures = [
    heapMb.toFixed(1),
    rssMb.toFixed(0),
    (sweptMs / 1000).toFixed(1),
    slowestCheckMs.toFixed(0),
  ]
  console.log(`| ${[hour, ...Object.values(rows), ...figures].join(' | ')} |`)
}

/** Least squares. */
function toSlope(hours: Hour[]): number {
  const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length
  const [middle, level] = [mean(hours.map(({ hour }) => hour)), mean(hours.map(({ heapMb }) => heapMb))]
  const rise = hours.reduce((sum, { hour, heapMb }) => sum + (hour - middle) * (heapMb - level), 0)
  return rise / hours.reduce((sum, { hour }) => sum + (hour - middle) ** 2, 0)
}

function toSeconds(ms: number) {
  return `${(ms / 1000).toFixed(0)} s`
}
