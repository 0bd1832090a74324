import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCell } from '../../src/features/users/user-csv.ts'
import { letProofsAge } from '../support/freshness.ts'
import { boss, openOffice } from '../support/office.ts'
import { readLinks } from '../support/page-forms.ts'
import { ada, type Person } from '../support/people.ts'

const noMail = {
  NODE_ENV: 'production',
  REGISTRATION: 'open',
  EMAIL_VERIFICATION: 'optional',
}
const withMail = { SMTP_URL: 'smtp://127.0.0.1:9', EMAIL_FROM: 'portal@example.com' }

async function openPages(people: Person[] = [], settings = {}) {
  const office = await openOffice(people, settings)
  const { visitor } = office.portal
  await visitor.submit('/login', { login: boss.email, password: boss.password })
  return { ...office, visitor }
}

test('an administrator finds somebody, and the next page keeps what was asked for', async () => {
  const crowd = Array.from({ length: 30 }, (_, n) => ({
    email: `crowd${String(n).padStart(2, '0')}@example.com`,
    password: null,
    displayName: `Zoë ${n}`,
  }))
  await using office = await openPages([ada, ...crowd])
  const { visitor } = office
  const seen = (text: string) => [...text.matchAll(/crowd\d\d@/g)].map(([email]) => email)

  const byName = await visitor.visit('/admin/users?search=ADA+l&role=user')
  const first = await visitor.visit('/admin/users?search=zo%C3%AB&sort=email')
  const [next = ''] = readLinks(first.text).filter((link) => link.includes('after='))
  const second = await visitor.visit(next)
  const nobody = await visitor.visit('/admin/users?search=xyz')

  assert.match(byName.text, /Ada Lovelace/)
  assert.match(byName.text, /value="ADA l"/)
  assert.match(byName.text, /<option value="user" selected>/)
  assert.deepEqual(
    [...seen(first.text), ...seen(second.text)],
    crowd.map(({ email }) => `${email.split('@')[0]}@`),
  )
  assert.match(second.text, /value="zoë"/)
  assert.match(nobody.text, /Nobody matches that/)
  assert.equal((await visitor.visit('/admin/users?sort=password_hash')).status, 422)
})

test('the list can be taken along as a file, by whoever has just proved who they are, and that is recorded', async () => {
  const eve = { email: 'eve@example.com', password: null, displayName: '=HYPERLINK("http://evil.example")' }
  await using office = await openPages([ada, eve])
  const { portal, visitor } = office
  await letProofsAge(portal)
  const asked = await visitor.visit('/admin/users/export?search=a')
  await visitor.submit('/reauthenticate', { password: boss.password })

  const { text, headers } = await visitor.visit('/admin/users/export?sort=email&role=user')

  assert.match(asked.text, /action="\/reauthenticate"/)
  assert.match(headers['content-type'] ?? '', /^text\/csv; charset=utf-8$/)
  assert.match(headers['content-disposition'] ?? '', /^attachment; filename="?users-[\d-]{10}\.csv"?$/)
  const [head, first, second, ...rest] = text.split('\r\n')
  assert.match(head ?? '', /^\ufeffid,email,email_verified,username,display_name,role/)
  assert.match(first ?? '', /,ada@example\.com,true,ada,Ada Lovelace,user,true,/)
  assert.match(second ?? '', /,eve@example\.com,true,,"'=HYPERLINK\(""http:\/\/evil\.example""\)",user,/)
  assert.deepEqual(rest, [''])
  const [event, ...others] = await portal.database.auditEvent.findMany({
    where: { action: 'user.list_exported' },
  })
  assert.deepEqual(others, [])
  assert.match(event?.details ?? '', /"role":"user"/)
}) // AUT-13

test('nothing in the file is calculated by a spreadsheet, and everything can be read back', () => {
  const starts = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']
  for (const start of starts) assert.match(toCell(`${start}1+1`), /^"?'/)
  // In many countries a semicolon ends a cell.
  for (const start of ['=', '@', '＝']) assert.equal(toCell(`a;${start}1+1;b`), `a;'${start}1+1;b`)
  assert.equal(toCell('a "b", c'), '"a ""b"", c"')
  assert.equal(toCell('two\nlines'), '"two\nlines"')
  assert.deepEqual([toCell(null), toCell(true), toCell('a-b')], ['', 'true', 'a-b'])
}) // AUT-13

test('all of a long list is in the file, each once', async () => {
  await using office = await openPages()
  const { portal, visitor } = office
  const now = new Date()
  const data = Array.from({ length: 2_500 }, (_, n) => ({
    id: `${n}`,
    email: `${n}@example.com`,
    registeredAt: now,
    createdAt: now,
  }))
  await portal.database.user.createMany({ data })

  const { text } = await visitor.visit('/admin/users/export')

  const emails = text
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(',')[1])
  assert.equal(emails.length, 2_501)
  assert.equal(new Set(emails).size, 2_501)
})

test('somebody is invited by an email with a link; what is wrong is said beside its field', async () => {
  await using office = await openPages([ada], withMail)
  const { portal, visitor } = office
  const form = { email: 'eve@example.com', display_name: 'Eve', username: '', role: 'user' }

  const wrong = await visitor.submit('/admin/users/new', { ...form, email: ada.email })
  const sent = await visitor.submit('/admin/users/new', form)

  assert.equal(wrong.status, 422)
  assert.match(wrong.text, /already has an account[\s\S]*value="ada@example\.com"[\s\S]*value="Eve"/)
  assert.equal(sent.status, 303)
  assert.match(String(sent.headers.location), /^\/admin\/users\/[\da-f-]{36}$/)
  assert.match(await portal.linkMailedTo('eve@example.com'), /^\/verify-email/)
  const eve = await portal.database.user.findUniqueOrThrow({ where: { email: 'eve@example.com' } })
  assert.deepEqual([eve.passwordHash, eve.displayName, eve.username], [null, 'Eve', null])
})

test('a portal that sends no email says why nobody can be invited', async () => {
  await using office = await openPages([], noMail)

  const { text } = await office.visitor.visit('/admin/users/new')

  assert.match(text, /sends no email, so nobody can be invited/)
  assert.doesNotMatch(text, /action="\/admin\/users\/new"/)
})
