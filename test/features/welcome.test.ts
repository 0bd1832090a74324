import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { eve, signUp } from '../support/sign-up.ts'

const countWelcomes = async (portal: Portal, to = eve.email) =>
  (await portal.mails()).filter((mail) => mail.to === to && mail.subject.startsWith('Welcome')).length

test('whoever confirms their email is welcomed once, and reads which account is theirs', async () => {
  await using portal = await openPortal()
  const { visitor } = portal
  const token = await signUp(portal, visitor)
  assert.equal(await countWelcomes(portal), 0)

  const answers = await Promise.all([1, 2, 3].map(() => visitor.submit('/verify-email', { token })))
  await visitor.submit('/verify-email', { token })

  assert.ok(answers.some(({ status }) => status === 303))
  assert.equal(await countWelcomes(portal), 1)
  const { text = '' } = (await portal.findMail(eve.email)) ?? {}
  assert.match(
    text.replace(/\s+/g, ' '),
    /Your Gatehouse account for eve@example\.com is ready\. http\S+\/account /,
  )
})

test('nobody is welcomed who has not proved their email: neither at registration nor by a wrong code', async () => {
  await using portal = await openPortal()
  await signUp(portal, portal.visitor)
  await portal.visitor.submit('/verify-email/code', { email: eve.email, code: '000000' })
  assert.equal(await countWelcomes(portal), 0)
})

test('whoever was invited is welcomed once, when they have chosen their password', async () => {
  await using portal = await openPortal({ people: [{ ...ada, role: 'admin' }] })
  const { client } = portal
  const { body } = await client.post('/auth/login', { login: ada.email, password: ada.password })
  await client.post('/users', { email: eve.email }, body.session.id)
  const token = new URL(await portal.linkMailedTo(eve.email), portal.baseUrl).searchParams.get('token')
  assert.equal(await countWelcomes(portal), 0)

  assert.equal((await client.post('/auth/verify-email', { token, password: eve.password })).status, 200)
  await client.post('/auth/login', { login: eve.email, password: eve.password })

  assert.equal(await countWelcomes(portal), 1)
  assert.equal(await countWelcomes(portal, ada.email), 0)
})

test('no welcome goes out where the confirmation did not come about', async () => {
  await using portal = await openPortal()
  const { visitor, database } = portal
  const token = await signUp(portal, visitor)
  await database.$executeRawUnsafe(
    "CREATE TRIGGER no_proof BEFORE INSERT ON audit_events WHEN NEW.action = 'user.email_verified' BEGIN SELECT RAISE(ABORT, 'no'); END",
  )
  assert.ok((await visitor.submit('/verify-email', { token })).status >= 500)
  assert.equal(await countWelcomes(portal), 0)
})
