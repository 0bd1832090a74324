// npm run bench:users: how long an administrator waits for each page of 100,000 users, on both databases.
import { performance } from 'node:perf_hooks'
import { USER_SORTS, USER_STATUSES } from '../../src/domain/user/user-list.ts'
import { boss, openOffice } from '../support/office.ts'
import { openPostgres } from '../support/postgres.ts'
import { fillPortal } from './many-users.ts'

const PEOPLE = 100_000
const ROUNDS = 7
const MOST_MS = 300

type Ask = () => Promise<unknown>
type Office = Awaited<ReturnType<typeof openOffice>>

const searches = {
  'an email': 'person70000@',
  'the start of many emails': 'p',
  'a username': 'user.7000',
  'a name': 'zofia z',
  'the start of many names': 'a',
  'what nobody has': 'zzzz',
}

const postgres = await openPostgres()
const database = await postgres.createDatabase()
const stores = { SQLite: {}, PostgreSQL: { DATABASE_URL: database.url } }
const medians: number[] = []
for (const [name, settings] of Object.entries(stores)) {
  await using office = await openOffice([], { LOG_LEVEL: 'silent', ...settings })
  await fillPortal(office.portal.database, PEOPLE)
  console.log(`\n${name}: ${await office.portal.database.user.count()} users`)
  for (const [what, ask] of Object.entries(await listQuestions(office))) await measure(what, ask)
}
await database.drop()
await postgres.close()
const slow = medians.filter((median) => median > MOST_MS).length
console.log(
  `\n${medians.length} measured, ${slow} slower than ${MOST_MS} ms, the slowest ${Math.max(...medians)} ms`,
)
process.exitCode = slow === 0 ? 0 : 1

/** As the pages ask it: the whole way of a request, from the socket to the answer. */
async function listQuestions({ portal, admin }: Office): Promise<Record<string, Ask>> {
  await portal.visitor.submit('/login', { login: boss.email, password: boss.password })
  const get = (query: string) => async () => {
    const { status, text } = await portal.visitor.visit(`/admin/users${query}`)
    if (status !== 200) throw new Error(`${query}: ${status} ${text.slice(0, 200)}`)
  }
  const questions: Record<string, Ask> = { 'the first page': get('') }
  for (const sort of USER_SORTS) {
    const after = await findMiddle({ portal }, sort)
    questions[`by ${sort}`] = get(`?sort=${sort}`)
    questions[`by ${sort}, in the middle`] = get(`?sort=${sort}&after=${after}`)
    for (const [what, search] of Object.entries(searches))
      questions[`by ${sort}, searching ${what}`] = get(`?sort=${sort}&search=${encodeURIComponent(search)}`)
    for (const status of USER_STATUSES)
      questions[`by ${sort}, ${status}`] = get(`?sort=${sort}&status=${status}`)
    questions[`by ${sort}, administrators`] = get(`?sort=${sort}&role=admin`)
    questions[`by ${sort}, deactivated administrators named a…`] = get(
      `?sort=${sort}&role=admin&status=deactivated&search=a`,
    )
  }
  const { id } = await portal.database.user.findFirstOrThrow({
    where: { sessions: { some: {} }, role: 'user' },
  })
  questions['somebody’s page'] = get(`/${id}`)
  questions['the first line of the CSV file'] = async () => {
    const headers = { authorization: `Bearer ${admin.secret}` }
    const { status, body } = await fetch(`${portal.baseUrl}/admin/users/export`, { headers })
    const reader = body?.getReader()
    await reader?.read()
    await reader?.cancel()
    if (status !== 200) throw new Error(`the file is not sent: ${status}`)
  }
  return questions
}

async function findMiddle({ portal }: Pick<Office, 'portal'>, sort: string): Promise<string> {
  const orderBy = sort.includes('email')
    ? [{ email: sort.startsWith('-') ? ('desc' as const) : ('asc' as const) }]
    : [{ createdAt: sort.startsWith('-') ? ('desc' as const) : ('asc' as const) }]
  const [row] = await portal.database.user.findMany({ orderBy, skip: PEOPLE / 2, take: 1 })
  if (!row) throw new Error('nobody is there')
  const place = sort.includes('email') ? [sort, row.email] : [sort, row.createdAt.getTime(), row.id]
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

async function measure(what: string, ask: Ask): Promise<void> {
  await ask()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    await ask()
    times.push(performance.now() - start)
  }
  const sorted = times.toSorted((one, other) => one - other)
  const median = Math.round(sorted[Math.floor(ROUNDS / 2)] ?? 0)
  medians.push(median)
  console.log(`${String(median).padStart(6)} ms (${Math.round(sorted.at(-1) ?? 0)})  ${what}`)
}
