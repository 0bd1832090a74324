import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { findsRedis } from '../support/workers.ts'

const MINUTE_MS = 60_000
const boss = { email: 'boss@example.com', password: 'walnut harbour cello', role: 'admin' } as const
const settings = {
  BASE_URL: 'http://portal.test',
  REGISTRATION: 'open',
  // So long that nothing is seen by chance because a copy was no longer believed.
  SESSION_LEASE: '60s',
}
const hubert = { email: 'hubert@example.com', password: 'sunset marble violin' }

/** Two processes of one portal, one of them visited by somebody who has signed up and proved nothing yet. */
async function openHouse({ others = {} }: { others?: Record<string, string> } = {}) {
  const store = await stores.find(({ name }) => name === 'SQLite and Redis')?.open()
  if (!store) throw new Error('there is no such store')
  const shared = { ...store.settings, ...settings }
  const clock = createTestClock()
  const one = await openPortal({ people: [ada, boss], settings: shared, clock })
  const other = await openPortal({ settings: { ...shared, ...others }, clock })
  await Promise.all([findsRedis(one), findsRedis(other)])
  clock.forward(MINUTE_MS)
  return {
    one,
    other,
    clock,
    async [Symbol.asyncDispose]() {
      await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()])
      await store.close()
    },
  }
}

async function show({ client }: Portal, secret: string): Promise<Record<string, unknown>> {
  const { status, body } = await client.get('/auth/me', secret)
  return status === 200 ? body.user : { refused: body.code }
}

async function isShown(portal: Portal, secret: string, expected: Record<string, unknown>) {
  const shown = await show(portal, secret)
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, shown[name]])), expected)
}

async function signIn({ client }: Portal, person: { email: string; password: string }): Promise<string> {
  const answer = await client.post('/auth/login', { login: person.email, password: person.password })
  return answer.body.session.id
}

type Change = {
  what: string
  isUnproved?: boolean
  make(one: Portal, secret: string): Promise<{ status: number }>
  shows: Record<string, unknown>
}

async function change({ client }: Portal, path: string, secret: string, body: unknown) {
  return client.call('patch', path, secret, body)
}

async function changeByBoss(one: Portal, changed: unknown) {
  const { id } = await one.database.user.findUniqueOrThrow({ where: { email: hubert.email } })
  return change(one, `/users/${id}`, await signIn(one, boss), changed)
}

const changes: Change[] = [
  {
    what: 'that the address was confirmed',
    isUnproved: true,
    async make(one) {
      const token = new URLSearchParams((await one.linkMailedTo(hubert.email)).split('?')[1]).get('token')
      return one.client.post('/auth/verify-email', { token, password: hubert.password })
    },
    shows: { email_verified: true },
  },
  {
    what: 'a new name',
    make: (one, secret) => change(one, '/users/me', secret, { display_name: 'Hubert' }),
    shows: { display_name: 'Hubert' },
  },
  {
    what: 'a new username',
    make: (one, secret) => change(one, '/users/me', secret, { username: 'hubert' }),
    shows: { username: 'hubert' },
  },
  {
    what: 'a name that an administrator gave',
    make: (one) => changeByBoss(one, { display_name: 'Hubertus', username: 'hub' }),
    shows: { display_name: 'Hubertus', username: 'hub' },
  },
  {
    what: 'that the role is another',
    make: (one) => changeByBoss(one, { role: 'admin' }),
    shows: { refused: 'session_ended' },
  },
  {
    what: 'that the account is closed',
    make: (one) => changeByBoss(one, { is_active: false }),
    shows: { refused: 'session_ended' },
  },
]

for (const { what, isUnproved = false, make, shows } of changes) {
  test(`every session of a person shows in every process at once ${what}`, async () => {
    await using house = await openHouse()
    const { one, other } = house
    const { body } = await one.client.post('/auth/register', hubert)
    const secrets = [body.session.id, await signIn(other, hubert)]
    if (!isUnproved) await one.database.user.updateMany({ data: { emailVerifiedAt: new Date() } })
    const showedBefore = isUnproved ? { refused: 'email_unverified' } : { email: hubert.email }
    for (const portal of [one, other])
      for (const secret of secrets) await isShown(portal, secret, showedBefore)

    const answer = await make(one, secrets[0])

    assert.ok(answer.status < 300, `${answer.status}`)
    for (const portal of [other, one]) for (const secret of secrets) await isShown(portal, secret, shows)
  })
}

test('whoever has confirmed the address is let in at once, and not sent back to confirm it', async () => {
  await using house = await openHouse()
  const { one, other } = house
  const visitor = one.openVisitor()
  await visitor.submit('/register', { ...hubert, display_name: '', username: '' })
  assert.equal((await visitor.visit('/account')).headers.location, '/verify-email')
  const confirmed = await visitor.submit('/verify-email', {
    token: new URLSearchParams((await one.linkMailedTo(hubert.email)).split('?')[1]).get('token') ?? '',
  })

  assert.equal(confirmed.headers.location, '/account')
  const elsewhere = other.openVisitor()
  for (const [name, { value }] of visitor.jar) elsewhere.plantCookie(name, value)
  for (const browser of [elsewhere, visitor]) assert.equal((await browser.visit('/account')).status, 200)
})

test('a session of a registration that nobody proved ends in every process when the address is registered again', async () => {
  await using house = await openHouse({ others: { REGISTRATION: 'verify-first' } })
  const { one, other, clock } = house
  const { body } = await one.client.post('/auth/register', hubert)
  const secret = body.session.id
  await isShown(one, secret, { refused: 'email_unverified' })
  clock.forward(2 * MINUTE_MS)

  const again = await other.client.post('/auth/register', { ...hubert, password: 'copper lantern orbit' })

  assert.equal(again.status, 202)
  for (const portal of [one, other]) await isShown(portal, secret, { refused: 'session_ended' })
})
