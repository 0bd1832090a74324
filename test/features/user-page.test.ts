import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letProofsAge, readHiddenFields } from '../support/freshness.ts'
import { boss, idOf, openOffice, signInAs } from '../support/office.ts'
import { decode, readForms } from '../support/page-forms.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { visit } from '../support/workers.ts'

async function openFile(people: Person[] = [ada]) {
  const office = await openOffice(people)
  const { portal } = office
  const { visitor } = portal
  await visitor.submit('/login', { login: boss.email, password: boss.password })
  const id = await idOf(portal, people[0] ?? boss)
  const page = `/admin/users/${id}`
  const read = async (path = '') => (await visitor.visit(page + path)).text
  const versionOf = async (path: string) => readHiddenFields(await read(path)).version ?? ''
  return { ...office, visitor, id, page, read, versionOf }
}

test('an administrator signs somebody out, of one device or of all, and they read why', async () => {
  await using file = await openFile()
  const { portal, visitor, page } = file
  const [one, two, three] = [
    await signInAs(portal, ada),
    await signInAs(portal, ada),
    await signInAs(portal, ada),
  ]
  const { session } = (await portal.client.get('/auth/me', one)).body

  const ended = await visitor.submit(`${page}/end-session`, { session: session.session_id })
  assert.equal(ended.headers.location, page)
  assert.match(await file.read(), /That device is signed out/)
  assert.deepEqual(await Promise.all([one, two].map((each) => visit(portal, each))), [
    '401 session_ended',
    'welcome',
  ])
  await visitor.submit(`${page}/end-sessions`)

  for (const secret of [two, three]) assert.equal(await visit(portal, secret), '401 session_ended')
  const told = await portal.client.get('/auth/me', two)
  assert.equal(told.body.reason, 'signed-out-by-admin')
  const history = await portal.client.get('/auth/history', await signInAs(portal, ada))
  const events = history.body.events as { text: string; by: string; ip: string }[]
  const byAdmin = events.filter(({ text }) => text === 'An administrator signed you out.')
  assert.deepEqual(
    byAdmin.map(({ by, ip }) => [by, ip]),
    [
      ['administrator', ''],
      ['administrator', ''],
    ],
  )
  assert.match(
    await file.read(),
    /All sessions ended: reason: signed out by admin[\s\S]*· by boss@example\.com/,
  )
})

test('somebody is deactivated on a page for a week, and reactivated with one button', async () => {
  await using file = await openFile()
  const { portal, visitor, page } = file
  const version = await file.versionOf('/deactivate')
  const day = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)
  const typed = { deactivation_reason: 'On leave', deactivated_until: day, version }

  const past = await visitor.submit(`${page}/deactivate`, { ...typed, deactivated_until: '2020-01-01' })
  const odd = await visitor.submit(`${page}/deactivate`, { ...typed, deactivated_until: '2099-02-31' })
  await visitor.submit(`${page}/deactivate`, typed)

  assert.deepEqual([past.status, odd.status], [422, 422])
  assert.match(odd.text, /There is no such day/)
  assert.match(past.text, /Choose a time that is still to come[\s\S]*value="2020-01-01"/)
  const text = await file.read()
  assert.match(text, /They can sign in again from/)
  assert.match(text, /Reason: On leave/)
  assert.equal(await signInAs(portal, ada), undefined)
  await visitor.submit(`${page}/reactivate`, { version: readHiddenFields(text).version ?? '' })
  assert.equal(await visit(portal, await signInAs(portal, ada)), 'welcome')
})

test('what another administrator has changed meanwhile is told, and what was typed stays', async () => {
  await using file = await openFile()
  const { portal, admin, visitor, page, id } = file
  const version = await file.versionOf('/edit')
  await admin.call('patch', `/users/${id}`, { display_name: 'Countess' })

  const edited = await visitor.submit(`${page}/edit`, { display_name: 'Ada King', username: 'ada', version })
  const role = await visitor.submit(`${page}/role`, { role: 'admin', version })
  const reason = await visitor.submit(`${page}/deactivate`, {
    deactivation_reason: 'x',
    deactivated_until: '',
    version,
  })

  assert.equal(edited.status, 409)
  assert.match(
    decode(edited.text),
    /now the name is “Countess”, the username is “ada”[\s\S]*value="Ada King"/,
  )
  assert.equal(role.status, 303)
  assert.match(await file.read(), /Someone has changed this account/)
  assert.equal(reason.status, 409)
  const now = await portal.database.user.findUniqueOrThrow({ where: { id } })
  assert.deepEqual([now.displayName, now.role, now.isActive], ['Countess', 'user', true])
  const again = {
    display_name: 'Ada King',
    username: '',
    version: readHiddenFields(edited.text).version ?? '',
  }
  assert.equal((await visitor.submit(`${page}/edit`, again)).status, 303)
  const { displayName, username } = await portal.database.user.findUniqueOrThrow({ where: { id } })
  assert.deepEqual([displayName, username], ['Ada King', null])
})

test('the last administrator stays, also by the page', async () => {
  await using file = await openFile([])
  const { portal, visitor, page } = file
  const version = await file.versionOf('/deactivate')

  await visitor.submit(`${page}/role`, { role: 'user', version })
  assert.match(await file.read(), /This is the last administrator/)
  await visitor.submit(`${page}/deactivate`, { deactivation_reason: '', deactivated_until: '', version })
  assert.match(await file.read(), /This is the last administrator/)

  assert.equal(await portal.database.user.count({ where: { role: 'admin', isActive: true } }), 1)
}) // AUT-07

test('each button asks for a proof that is fresh, and then goes on with what was typed', async () => {
  await using file = await openFile([ada, grace])
  const { portal, visitor, page, id } = file
  const version = await file.versionOf('')
  await letProofsAge(portal)
  const presses: Record<string, Record<string, string>> = {
    role: { role: 'admin', version },
    deactivate: { deactivation_reason: 'x', deactivated_until: '', version },
    reactivate: { version },
    'end-sessions': {},
    'end-session': { session: 'ses_x' },
    'send-link': {},
  }
  for (const [button, typed] of Object.entries(presses)) {
    const answer = await visitor.submit(`${page}/${button}`, typed)
    assert.match(answer.text, /action="\/reauthenticate"/, button)
  }
  const asked = await visitor.submit(`${page}/role`, presses.role ?? {})

  const carried = readHiddenFields(asked.text)
  const proved = await visitor.submit('/reauthenticate', { ...carried, password: boss.password })
  const [form] = readForms(proved.text)

  assert.equal(form?.action, `${page}/role`)
  await visitor.submit(form.action, readHiddenFields(proved.text))
  assert.equal((await portal.database.user.findUniqueOrThrow({ where: { id } })).role, 'admin')
}) // AUT-06

test('an administrator sends a link to choose a new password, and an invitation again', async () => {
  await using file = await openFile()
  const { portal, admin, visitor, page } = file
  await visitor.submit(`${page}/send-link`)
  assert.match(await file.read(), /We’ve sent the link to ada@example\.com/)
  assert.match(await portal.linkMailedTo(ada.email), /^\/reset-password/)
  const { body } = await admin.call('post', '/users', { email: 'eve@example.com' })

  const eve = `/admin/users/${body.id}`
  assert.match((await visitor.visit(eve)).text, /Send the invitation again/)
  for (let sent = 0; sent < 2; sent++) await visitor.submit(`${eve}/send-link`)

  const invitations = (await portal.mails()).filter(({ to }) => to === 'eve@example.com')
  assert.equal(invitations.length, 3)
  await visitor.submit(`${eve}/send-link`)
  assert.match((await visitor.visit(eve)).text, /several of these emails lately/)
  const events = await portal.database.auditEvent.findMany({
    where: { action: { in: ['user.invitation_sent', 'user.password_reset_requested'] } },
  })
  const actor = await idOf(portal, boss)
  assert.deepEqual(events.map(({ action, actorId }) => [action, actorId]).toSorted(), [
    ['user.invitation_sent', actor],
    ['user.invitation_sent', actor],
    ['user.password_reset_requested', actor],
  ])
})

test('nobody but administrators learns from these pages who has an account', async () => {
  await using file = await openFile([ada, grace])
  const { portal, page } = file
  const member = portal.openVisitor()
  await member.submit('/login', { login: grace.email, password: grace.password })

  for (const path of [page, `${page}/history`, `${page}/edit`, `${page}/deactivate`]) {
    const one = await member.visit(path)
    const other = await member.visit(path.replace(/[\da-f-]{36}/, '00000000-0000-4000-8000-000000000000'))
    assert.deepEqual([one.status, other.status], [403, 403])
    assert.doesNotMatch(one.text, /ada@example\.com|Lovelace/)
  }
}) // AUT-02
