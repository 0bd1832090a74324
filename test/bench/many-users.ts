import { toSearchName } from '../../src/domain/user/user-list.ts'
import type { Database } from '../../src/platform/database.ts'

const FIRST = [
  'Ada',
  'Émile',
  'Grace',
  'Jun',
  'Mary',
  'Noor',
  'Olga',
  'Pablo',
  'Ravi',
  'Zofia',
  'Anna',
  'Amir',
]
const LAST = ['Lovelace', 'Hopper', 'Zhao', 'Zielińska', 'Kovács', 'Okafor', 'Smith', 'García', 'Nguyễn']
const ROWS = 1_000
const START_MS = Date.parse('2025-01-01')

/** People of every kind, every fourth with a session and a past. */
export async function fillPortal(database: Database, count: number): Promise<void> {
  for (let from = 0; from < count; from += ROWS) {
    const numbers = Array.from({ length: ROWS }, (_, index) => from + index)
    await database.user.createMany({ data: numbers.map(toPerson) })
    const some = numbers.filter((n) => n % 4 === 0)
    await database.session.createMany({ data: some.flatMap((n) => [toSession(n, 1), toSession(n, 2)]) })
    await database.auditEvent.createMany({
      data: some.flatMap((n) => [1, 2, 3].map((each) => toEvent(n, each))),
    })
  }
  if (!database.isSqlite) await database.$executeRaw`ANALYZE`
}

const toId = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`
const at = (n: number) => new Date(START_MS + Math.floor(n / 3) * 1_000)

function toPerson(n: number) {
  const displayName = n % 5 === 4 ? null : `${FIRST[n % FIRST.length]} ${LAST[n % LAST.length]} ${n}`
  return {
    id: toId(n),
    email: `${n % 10 < 8 ? 'person' : 'staff'}${n}@example.com`,
    username: n % 3 === 0 ? `user.${n}` : null,
    displayName,
    searchName: displayName && toSearchName(displayName),
    emailVerifiedAt: n % 20 === 3 ? null : at(n),
    role: n % 1_000 === 0 ? 'admin' : 'user',
    isActive: n % 50 !== 7,
    registeredAt: at(n),
    createdAt: at(n),
  }
}

function toSession(n: number, each: number) {
  const later = new Date(Date.now() + 86_400_000)
  return {
    id: `ses_${n}_${each}`,
    secretHash: `${n} ${each}`,
    userId: toId(n),
    userEpoch: 0,
    method: 'password',
    remember: true,
    ip: '192.0.2.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    createdAt: at(n),
    authenticatedAt: at(n),
    lastSeenAt: at(n),
    idleExpiresAt: later,
    expiresAt: later,
  }
}

function toEvent(n: number, each: number) {
  const where = { ip: '192.0.2.7', userAgent: 'curl/8.5.0', requestId: `${n}` }
  const who = { actorId: toId(n), subjectId: toId(n) }
  return { id: `event-${n}-${each}`, at: at(n + each), action: 'session.started', ...who, ...where }
}
