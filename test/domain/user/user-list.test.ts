import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createUserListRepository } from '../../../src/domain/user/user-list.repository.ts'
import { USER_SORTS, type UserFilter, type UserOrder } from '../../../src/domain/user/user-list.ts'
import type { Database } from '../../../src/platform/database.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

const PEOPLE = 100_000
const PER_PAGE = 25
/** A page and the one that tells whether it goes on: among those of the same moment, and after it. */
const ROWS_AT_MOST = 2 * (PER_PAGE + 1)

const everybody: UserFilter = { search: null, role: null, isActive: null, isConfirmed: null }
const filters: [name: string, filter: UserFilter][] = [
  ['of everybody', everybody],
  ['of users', { ...everybody, role: 'user' }],
  ['of who may enter', { ...everybody, isActive: true }],
  ['of the deactivated', { ...everybody, isActive: false }],
  ['of users who may enter', { ...everybody, role: 'user', isActive: true }],
]

/** Three of each moment; one in fifty is deactivated. By a line of its own: what the portal asks has to be quick. */
async function addPeople(connectionString: string) {
  const sql = new pg.Client({ connectionString })
  await sql.connect()
  await sql.query(`
    INSERT INTO users (id, email, role, is_active, registered_at, created_at, updated_at)
    SELECT gen_random_uuid()::text, md5(n::text) || '@example.com',
      CASE n % 1000 WHEN 0 THEN 'admin' ELSE 'user' END, n % 50 <> 7, at, at, at
    FROM generate_series(1, ${PEOPLE}) n,
      LATERAL (SELECT timestamp '2026-01-01' + n / 3 * interval '1 second' AS at) moment`)
  await sql.query('ANALYZE users')
  await sql.end()
}

/** How many rows the database looked at for one page, by its own count on this line. */
async function countRowsRead({ world }: Portal, order: UserOrder, filter: UserFilter): Promise<number> {
  return world.sql.transact(async (database) => {
    const before = await readCount(database)
    const range = { filter, skip: 0, most: PER_PAGE + 1 }
    const found = await createUserListRepository(database).list(order, range)
    assert.equal(found.length, PER_PAGE + 1)
    return (await readCount(database)) - before
  })
}

async function readCount(database: Database): Promise<number> {
  const [read] = await database.$queryRaw<{ rows: number }[]>`
    SELECT (seq_tup_read + idx_tup_fetch)::integer AS rows FROM pg_stat_xact_user_tables WHERE relname = 'users'`
  return read?.rows ?? Number.NaN
}

test('of 100,000 users every page costs the same, however deep it lies', async (t) => {
  const store = await stores[2]?.open()
  assert.ok(store)
  await using _ = store
  await using portal = await openPortal({ settings: store.settings })
  await addPeople(store.settings.DATABASE_URL)
  const [deep] = await portal.database.user.findMany({
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    skip: PEOPLE / 2,
    take: 1,
  })
  assert.ok(deep)
  const after = { createdAt: deep.createdAt.toISOString(), id: deep.id, email: deep.email }

  for (const sort of USER_SORTS)
    for (const [name, filter] of filters)
      await t.test(`by ${sort}, ${name}`, async () => {
        for (const place of [null, after]) {
          const read = await countRowsRead(portal, { sort, after: place } as UserOrder, filter)
          assert.ok(read > PER_PAGE && read <= ROWS_AT_MOST, `${read} rows were read`)
        }
      })
})
