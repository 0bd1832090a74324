import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOWHERE } from '../../src/domain/audit-event/audit-event.ts'
import { boss, idOf, openOffice } from '../support/office.ts'
import { ada, type Person } from '../support/people.ts'

const other = { email: 'other@example.com', password: null, role: 'admin' } satisfies Person
const idle = { ...other, email: 'idle@example.com', isActive: false }
const unproved = { ...other, email: 'unproved@example.com', isVerified: false }

async function openCompany() {
  const office = await openOffice([ada, other, idle, unproved])
  const told = async () => {
    const mails = (await office.portal.mails()).filter(({ subject }) => /new administrator/.test(subject))
    return mails
      .map(({ to, text }) => `${to}: ${/(\S+) was made an administrator/.exec(text)?.[1]}`)
      .toSorted()
  }
  return { ...office, told }
}

test('everybody who administers hears of a new administrator, whoever made them one', async () => {
  await using office = await openCompany()
  const { portal, admin, told } = office
  const id = await idOf(portal, ada)

  await admin.call('patch', `/users/${id}`, { role: 'admin' })
  assert.deepEqual(await told(), ['boss@example.com: ada@example.com', 'other@example.com: ada@example.com'])
  const [mail] = (await portal.mails()).filter(({ to }) => to === other.email)
  assert.match(mail?.text.replaceAll('\n', ' ') ?? '', /by boss@example\.com/)
  assert.match(mail?.text ?? '', new RegExp(`/admin/users/${id}\n`))

  await admin.call('patch', `/users/${id}`, { role: 'admin', display_name: 'Countess' })
  await admin.call('patch', `/users/${id}`, { role: 'user' })
  await admin.call('post', '/users', { email: 'member@example.com', role: 'user' })
  assert.equal((await told()).length, 2)

  await admin.call('post', '/users', { email: 'eve@example.com', role: 'admin' })
  assert.deepEqual(
    (await told()).filter((line) => line.endsWith('eve@example.com')),
    ['boss@example.com: eve@example.com', 'other@example.com: eve@example.com'],
  )
})

test('an administrator who is made at the machine is told of, too', async () => {
  await using office = await openCompany()
  const { portal, told } = office

  await portal.services.admins.createAdmin(
    { email: 'root@example.com', password: 'velvet harbour kettle' },
    NOWHERE,
  )

  const made = ['boss@example.com: root@example.com', 'other@example.com: root@example.com']
  assert.deepEqual(await told(), made)
  const [mail] = (await portal.mails()).filter(({ to }) => to === boss.email)
  assert.match(mail?.text.replaceAll('\n', ' ') ?? '', /at the command line/)

  const wish = { prefix: 'test', domain: 'example.com', isSure: true }
  await portal.services.testUsers.create({ ...wish, role: 'user' }, NOWHERE)
  assert.deepEqual(await told(), made)
  await portal.services.testUsers.create({ ...wish, role: 'admin' }, NOWHERE)
  assert.equal((await told()).filter((line) => line.endsWith('test2@example.com')).length, 3)
})

test('an administrator whom nobody could be told of is not made', async () => {
  await using office = await openCompany()
  const { portal, admin, told } = office
  await portal.database.$executeRaw`
    CREATE TRIGGER no_mail BEFORE INSERT ON outgoing_mails WHEN NEW.template = 'new-administrator'
    BEGIN SELECT RAISE(ABORT, 'not this one'); END`

  const answer = await admin.call('patch', `/users/${await idOf(portal, ada)}`, { role: 'admin' })

  assert.ok(answer.status >= 500)
  assert.equal(await portal.database.user.count({ where: { email: ada.email, role: 'admin' } }), 0)
  assert.deepEqual(await told(), [])
})
