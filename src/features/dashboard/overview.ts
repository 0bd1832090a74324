import { type Chart, toChart } from './chart.ts'
import type { Status, Stretch } from './status.ts'

type Fact = { term: string; text: string; note?: string }
type Section = { title: string; facts: Fact[] }
type ChartPart = Chart & {
  id: string
  title: string
  summary: string
  begins: string
  unit: 'hour' | 'day'
  busiest: string | null
  rows: Stretch[]
}

const NOT_KNOWN = 'Not known: the database doesn’t answer.'
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** The status in words and drawings, for the page. */
export function toOverview(status: Status) {
  return {
    asOf: status.as_of,
    people: toPeople(status),
    charts: toCharts(status),
    sections: [toTokens(status), toEngine(status)],
    features: status.features,
    client: toClient(status),
    warnings: status.client_address.warnings,
  }
}

function toPeople({ users, sessions, sign_ins }: Status): Fact[] {
  return [
    { term: 'Accounts', text: count(users?.total) },
    { term: 'Active sessions', text: count(sessions?.active) },
    { term: 'Failed sign-ins', text: count(sign_ins?.failed_24h), note: 'in the last 24 hours' },
  ]
}

/** Null while nothing can be said. */
function toCharts({ sign_ins: signIns }: Status): ChartPart[] | null {
  if (!signIns) return null
  return [
    toPart(signIns.by_hour, {
      id: 'hours',
      title: 'Sign-ins in the last 24 hours',
      begins: '24 hours ago',
      unit: 'hour',
    }),
    toPart(signIns.by_day, {
      id: 'days',
      title: 'Sign-ins in the last 30 days',
      begins: '30 days ago',
      unit: 'day',
    }),
  ]
}

function toPart(rows: Stretch[], names: Pick<ChartPart, 'id' | 'title' | 'begins' | 'unit'>): ChartPart {
  const chart = toChart(rows.map(({ succeeded, failed }) => ({ succeeded, refused: failed })))
  const [succeeded, failed] = [sum(rows.map((row) => row.succeeded)), sum(rows.map((row) => row.failed))]
  const summary =
    chart.top === 0 ? 'Nobody tried to sign in.' : `${count(succeeded)} signed in, ${count(failed)} failed.`
  return { ...names, ...chart, summary, busiest: findBusiest(rows), rows }
}

function findBusiest(rows: Stretch[]): string | null {
  const all = rows.map(({ succeeded, failed }) => succeeded + failed)
  const most = Math.max(0, ...all)
  return most > 0 ? (rows[all.indexOf(most)]?.from ?? null) : null
}

function toTokens({ tokens }: Status): Section {
  const signer = tokens.keys?.findLast(({ state }) => state === 'active')
  const states = tokens.keys?.filter((key) => key !== signer).map(({ state }) => state) ?? []
  return {
    title: 'Tokens',
    facts: [
      { term: 'Validation', text: validations[tokens.validation] },
      {
        term: 'Signing key',
        text: signer
          ? `Made ${toSpan(signer.age_seconds)} ago`
          : tokens.keys
            ? 'None: they are signed with JWT_SECRET_KEY.'
            : NOT_KNOWN,
        ...(states.length > 0 && { note: `beside it: ${states.join(', ')}` }),
      },
      { term: 'Access tokens', text: `Valid for ${toSpan(tokens.access_token_seconds)}` },
      {
        term: 'Refresh tokens',
        text:
          tokens.refreshing_seconds === null
            ? 'None used within 7 days'
            : `Used for ${toSpan(tokens.refreshing_seconds)} on average`,
        note: 'from the exchange to the last use, of those used within 7 days',
      },
    ],
  }
}

const validations: Record<Status['tokens']['validation'], string> = {
  ok: 'Works: a token signed just now was verified with the published keys alone.',
  failed:
    'Fails: a token signed just now can’t be verified with the published keys. Other services refuse our tokens.',
  unknown: NOT_KNOWN,
}

function toEngine({ email, password_checks: checks, stores }: Status): Section {
  const { waiting, oldest_age_seconds: age } = email ?? { waiting: null, oldest_age_seconds: 0 }
  return {
    title: 'Queues and stores',
    facts: [
      {
        term: 'Emails waiting',
        text: count(waiting),
        ...(waiting && { note: `the oldest for ${toSpan(age)}` }),
      },
      {
        term: 'Passwords',
        text: `${count(checks.running)} being checked, ${count(checks.waiting)} waiting`,
        note: `${count(checks.refused)} people were asked to try again since this process started`,
      },
      { term: 'Database', text: stores.sql === 'ok' ? 'Answers' : 'Doesn’t answer' },
      { term: 'Redis', text: redis[stores.redis] },
    ],
  }
}

const redis: Record<Status['stores']['redis'], string> = {
  ok: 'Answers',
  down: 'Doesn’t answer: the database does its work, more slowly.',
  none: 'Not used',
}

function toClient({ client_address: { peer, forwarded, trusted_hops, result } }: Status): Fact[] {
  return [
    { term: 'Connected from', text: peer },
    { term: 'Forwarded for', text: forwarded.length > 0 ? forwarded.join(', ') : 'Nobody, says the request' },
    { term: 'Proxies believed', text: count(trusted_hops) },
    { term: 'Your address', text: result, note: 'limits count for it, and the audit log names it' },
  ]
}

function count(number: number | null | undefined): string {
  return number == null ? NOT_KNOWN : number.toLocaleString('en-GB')
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** "3 days", "1 minute": in the largest unit that fits. */
function toSpan(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ['second', 1]
  const number = Math.floor(seconds / size)
  return `${number.toLocaleString('en-GB')} ${unit}${number === 1 ? '' : 's'}`
}
