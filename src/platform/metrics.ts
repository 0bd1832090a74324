import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CheckSource, SignInResult, SweepResult, Tally } from './tally.ts'

export type Metrics = ReturnType<typeof openMetrics>
/** A metric with its values. */
export type Figure = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]
/** Gives the metrics of this process, and gets those of all others that share its port. */
export type AskOthers = (own: Figure[]) => Promise<Figure[][]>
/** How things stand when somebody looks. Null: nobody could be asked, or there is none. Ages are in seconds. */
export type Standing = {
  activeSessions: number | null
  emails: { waiting: number; oldestAgeSeconds: number } | null
  hashing: { running: number; waiting: number; refused: number }
  isSqlUp: boolean
  isRedisUp: boolean | null
  unconfirmed: { tombstones: number; signOuts: number }
}

const METHODS = ['password', 'google', 'email']
const RESULTS: SignInResult[] = ['succeeded', 'refused']
const SOURCES: CheckSource[] = ['copy', 'sql', 'stale_copy', 'none']
const SWEEPS: SweepResult[] = ['done', 'failed']
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Prometheus' metrics of this process. Where several processes' are merged (`read`), each says how: what all of them read
 * from one database is not added up.
 */
export function openMetrics() {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const { tally } = openCounters(registers)
  const show = openGauges(registers)
  collectDefaultMetrics({ register: registry })

  return {
    tally,
    contentType: registry.contentType,

    /** In Prometheus' text format. */
    write(standing: Standing): Promise<string> {
      show(standing)
      return registry.metrics()
    },

    /** Those of several processes, in Prometheus' text format. */
    merge: (lists: Figure[][]): Promise<string> => AggregatorRegistry.aggregate(lists).metrics(),

    /** As prom-client's AggregatorRegistry.aggregate() takes them, one list per process. */
    read(standing: Standing): Promise<Figure[]> {
      show(standing)
      return registry.getMetricsAsJSON()
    },
  }
}

function openCounters(registers: Registry[]): { tally: Tally } {
  const signIns = new Counter({
    name: 'gatehouse_sign_ins_total',
    help: 'Sign-ins by method (password, google, email) and result (succeeded, refused).',
    labelNames: ['method', 'result'],
    registers,
  })
  const checks = new Counter({
    name: 'gatehouse_session_checks_total',
    help: 'Session checks by where the answer came from: copy (Redis), sql, stale_copy (SQL was down), none (503).',
    labelNames: ['source'],
    registers,
  })
  const fallbacks = new Counter({
    name: 'gatehouse_session_check_fallbacks_total',
    help: 'Session checks that asked SQL because Redis did not answer.',
    registers,
  })
  const sweeps = new Counter({
    name: 'gatehouse_housekeeping_runs_total',
    help: 'Runs that delete expired rows, by result: done, or failed in part or as a whole.',
    labelNames: ['result'],
    registers,
  })
  const requests = new Histogram({
    name: 'gatehouse_http_request_duration_seconds',
    help: 'How long requests took, by method, route and class of status; route is "other" where there is none.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_SECONDS,
    registers,
  })
  // From the first scrape on, so that the first increase shows.
  for (const method of METHODS) for (const result of RESULTS) signIns.inc({ method, result }, 0)
  for (const source of SOURCES) checks.inc({ source }, 0)
  for (const result of SWEEPS) sweeps.inc({ result }, 0)

  return {
    tally: {
      countSignIn: (method, result) => signIns.inc({ method, result }),
      countCheck: (source) => checks.inc({ source }),
      countFallback: () => fallbacks.inc(),
      countSweep: (result) => sweeps.inc({ result }),
      observeRequest: ({ seconds, ...labels }) => requests.observe(labels, seconds),
    },
  }
}

function openGauges(registers: Registry[]): (standing: Standing) => void {
  const gauge = (name: string, help: string, aggregator: 'sum' | 'max' | 'min' = 'sum') =>
    new Gauge({ name, help, aggregator, registers })

  const sessions = gauge('gatehouse_active_sessions', 'Sessions that are live, in the database.', 'max')
  const emails = gauge('gatehouse_emails_waiting', 'Emails that are due and not sent yet.', 'max')
  const oldest = gauge(
    'gatehouse_emails_oldest_age_seconds',
    'Age of the oldest email that is due; 0 without one.',
    'max',
  )
  const running = gauge('gatehouse_hashing_running', 'Passwords being hashed.')
  const waiting = gauge(
    'gatehouse_hashing_waiting',
    'Sign-ins and the like that wait for their turn to hash.',
  )
  const refused = new Counter({
    name: 'gatehouse_hashing_refused_total',
    help: 'Those sent away with 503 because the queue was full.',
    registers,
  })
  const sql = gauge('gatehouse_sql_up', '1 while the database answers.', 'min')
  const redis = gauge('gatehouse_redis_up', '1 while Redis answers; missing without REDIS_URL.', 'min')
  const tombstones = gauge(
    'gatehouse_tombstones_unconfirmed',
    'Ended sessions whose end Redis has not confirmed.',
  )
  const signOuts = gauge(
    'gatehouse_sign_outs_unconfirmed',
    'Sign-outs that the database has not recorded yet; they are on disk.',
    'max',
  )

  return ({ activeSessions, emails: backlog, hashing, isSqlUp, isRedisUp, unconfirmed }) => {
    set(sessions, activeSessions)
    set(emails, backlog?.waiting ?? null)
    set(oldest, backlog?.oldestAgeSeconds ?? null)
    set(running, hashing.running)
    set(waiting, hashing.waiting)
    refused.reset()
    refused.inc(hashing.refused)
    set(sql, Number(isSqlUp))
    set(redis, isRedisUp === null ? null : Number(isRedisUp))
    set(tombstones, unconfirmed.tombstones)
    set(signOuts, unconfirmed.signOuts)
  }
}

/** A figure that nobody knows is missing, not zero. */
function set(gauge: Gauge, value: number | null) {
  if (value === null) gauge.remove()
  else gauge.set(value)
}
