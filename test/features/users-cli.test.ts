import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShell } from '../support/command-line.ts'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { visit } from '../support/workers.ts'

const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'
/** A line with a time after it. */
const WHAT_HAPPENED = /^.+(?=\n\d)/gm
/** Goes to those who are administrators by then. */
const NEW_ADMIN = /new administrator$/
const sqlite = stores[0] as (typeof stores)[0]

test('a change made on the command line does what it does by API: the same account, events and emails', async () => {
  await using store = await sqlite.open()
  await using office = await openOffice([ada, grace], { ...store.settings, SECRET_KEY })
  await using shell = await openShell({ ...store.settings, SECRET_KEY })
  const { portal, admin } = office
  const ids = { ada: await idOf(portal, ada), grace: await idOf(portal, grace) }
  const sessions = { ada: await signInAs(portal, ada), grace: await signInAs(portal, grace) }
  const type = async (args: string[]) => {
    const { code, output, errors } = await shell.gatehouse([...args, '--json'])
    assert.deepEqual([code, errors], [0, ''])
    return JSON.parse(output)
  }
  const call = async (method: 'post' | 'patch', path: string, body: object) =>
    (await admin.call(method, path, body)).body
  const until = new Date(Date.now() + 86_400_000).toISOString()

  const pairs = [
    [
      await type(['users', 'create', 'new@example.com', '--name', 'New', '--role', 'admin']),
      await call('post', '/users', { email: 'new2@example.com', display_name: 'New', role: 'admin' }),
    ],
    [
      await type(['users', 'update', ada.email, '--name', 'A', '--role', 'admin']),
      await call('patch', `/users/${ids.grace}`, { display_name: 'A', role: 'admin' }),
    ],
    [
      await type(['users', 'deactivate', ids.ada, '--reason', 'On leave', '--until', until]),
      await call('patch', `/users/${ids.grace}`, {
        is_active: false,
        deactivation_reason: 'On leave',
        deactivated_until: until,
      }),
    ],
    [
      await type(['users', 'reactivate', ada.username ?? '']),
      await call('patch', `/users/${ids.grace}`, { is_active: true }),
    ],
  ]

  for (const [typed, called] of pairs) assert.deepEqual(leaveOutPerson(typed), leaveOutPerson(called))
  for (const secret of Object.values(sessions)) assert.equal(await visit(portal, secret), '401 session_ended')
  const events = { ada: await listEvents(portal, ids.ada), grace: await listEvents(portal, ids.grace) }
  assert.ok(events.ada.length >= 6)
  assert.deepEqual(events.ada, events.grace)
  const byShell = await portal.database.auditEvent.findMany({ where: { ip: 'command line' } })
  assert.ok(
    byShell.every(({ actorId }) => actorId === null),
    'nobody is made out to have done it themselves',
  )
  assert.deepEqual(
    await listNews(portal, [ada.email, 'new@example.com']),
    await listNews(portal, [grace.email, 'new2@example.com']),
  )
  const told = (await portal.mails()).filter(
    ({ to, subject }) => to === boss.email && NEW_ADMIN.test(subject),
  )
  assert.equal(told.length, 4)
}) // AUT-15

test('test accounts get the next address that is free, also when two are made at once', async () => {
  await using store = await sqlite.open()
  await using portal = await openPortal({
    people: [
      { ...ada, email: 'test2@example.com', password: null },
      { ...grace, email: 'test4@other.example', password: null },
    ],
    settings: { ...store.settings, SECRET_KEY },
  })
  await using shell = await openShell({ ...store.settings, SECRET_KEY })
  const make = async (...args: string[]) =>
    JSON.parse((await shell.gatehouse(['users', 'create-test', '--json', ...args])).output)

  const both = await Promise.all([make(), make()])
  const admin = await make('--prefix', 'QA-', '--domain', 'Other.example', '--role', 'admin')

  assert.deepEqual(both.map(({ email }) => email).sort(), ['test1@example.com', 'test3@example.com'])
  assert.deepEqual([admin.email, admin.role, admin.email_verified], ['qa-1@other.example', 'admin', true])
  for (const { email, password } of [...both, admin])
    assert.equal((await portal.client.post('/auth/login', { login: email, password })).status, 200)
  const kept = JSON.stringify([
    await portal.database.user.findMany(),
    await portal.database.auditEvent.findMany(),
  ])
  assert.ok(!kept.includes(admin.password))
})

test('in production a test account is made only with --yes', async () => {
  await using shell = await openShell({
    NODE_ENV: 'production',
    SECRET_KEY,
    BASE_URL: 'https://login.example.com',
    EMAIL_VERIFICATION: 'optional',
    REGISTRATION: 'open',
  })

  const refused = await shell.gatehouse(['users', 'create-test', '--json'])
  const made = await shell.gatehouse(['users', 'create-test', '--yes'])

  assert.deepEqual([refused.code, refused.output, JSON.parse(refused.errors).code], [1, '', 'forbidden'])
  assert.equal(made.code, 0)
  assert.match(made.output, /^email +test1@example\.com\npassword +[\w.!-]{20}\n\nThis is the only time/)
})

test('accounts are found, listed and shown, and a mistake is said in one line', async () => {
  await using store = await sqlite.open()
  await using portal = await openPortal({ people: [ada, grace], settings: { ...store.settings, SECRET_KEY } })
  await using shell = await openShell({ ...store.settings, SECRET_KEY })
  const type = (...args: string[]) => shell.gatehouse(['users', ...args])

  const page = JSON.parse((await type('list', '--sort', 'email', '--per-page', '1', '--json')).output)
  assert.deepEqual([page.users.length, page.users[0].email, page.per_page], [1, ada.email, 1])
  const rest = await type('list', '--sort', 'email', '--after', page.next)
  assert.match(rest.output, /^EMAIL +USERNAME +NAME +ROLE +STATE +CREATED\n/)
  assert.ok(rest.output.includes(grace.email) && !rest.output.includes(ada.email))
  assert.match((await type('show', ada.email.toUpperCase())).output, /^id +[\da-f-]{36}\nemail +ada@/)

  const reset = await type('send-reset', ada.email)
  assert.deepEqual([reset.code, reset.output], [0, `A link is on its way to ${ada.email}.\n`])
  assert.match(await portal.linkMailedTo(ada.email), /^\/reset-password\?token=/)

  const nobody = await type('show', 'nobody')
  assert.deepEqual([nobody.code, nobody.errors], [1, 'Nobody has this id, email or username.\n'])
  const nothing = await type('update', ada.email)
  assert.deepEqual([nothing.code, nothing.errors], [2, 'Say what to change: --name, --username or --role.\n'])
  const past = await type('deactivate', ada.email, '--until', '2020-01-01T00:00:00Z')
  assert.deepEqual([past.code, past.errors], [1, 'Choose a time that is still to come.\n'])
})

/** What an event says, but for whom, by whom and when. */
async function listEvents({ database }: Portal, subjectId: string) {
  const events = await database.auditEvent.findMany({ where: { subjectId } })
  const own = events.filter(({ action }) => !action.startsWith('session.started'))
  return own.map(({ action, details }) => `${action} ${details}`).sort()
}

/** What people read, but for their own address. */
/** What happened to their accounts, in whichever emails, and the subjects of all others. */
async function listNews(portal: Portal, addresses: string[]) {
  const mails = (await portal.mails()).filter(({ to }) => addresses.includes(to))
  const notices = mails.filter(({ text }) => text.includes('Was this you?'))
  const others = mails.filter((mail) => !notices.includes(mail) && !NEW_ADMIN.test(mail.subject))
  const lines = notices.flatMap(({ text }) => text.match(WHAT_HAPPENED) ?? [])
  return [...lines, ...others.map(({ subject }) => subject)].sort()
}

function leaveOutPerson({ id, email, username, created_at, updated_at, ...rest }: Record<string, unknown>) {
  return rest
}
