import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortal } from '../support/portal.ts'

const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }
const mailServerElsewhere = { SMTP_URL: 'smtp://127.0.0.1:9' }

test('on a laptop without a mail server every mail can be read on a page that opens the newest', async () => {
  await using portal = await openPortal()
  const { visitor } = portal
  assert.match((await visitor.visit('/dev/mailbox')).text, /No email yet/)
  await visitor.submit('/register', eve)
  await visitor.submit('/register', { ...eve, email: 'bob@example.com' })

  const list = await visitor.visit('/dev/mailbox')
  assert.equal(list.headers['cache-control'], 'no-store')
  assert.ok(list.text.indexOf('bob@example.com') < list.text.indexOf('eve@example.com'))
  const [, first = ''] = /href="(\/dev\/mailbox\/[\w-]+)" aria-current="page"/.exec(list.text) ?? []
  assert.ok(list.text.includes(`src="${first}/html"`))
  assert.ok(list.text.indexOf('<iframe') < list.text.indexOf('<pre'))
  const mail = await visitor.visit(first)
  assert.equal(mail.status, 200)
  assert.match(mail.text, /Confirm your email for Gatehouse/)
  const [, link = ''] = /href="http:\/\/localhost:\d+(\/verify-email\?token=[\w-]{43})"/.exec(mail.text) ?? []
  assert.equal((await visitor.openLink(link)).status, 200)
  const html = await visitor.visit(`${first}/html`)
  assert.equal(html.status, 200)
  assert.match(html.headers['content-type'] ?? '', /text\/html; charset=utf-8/)
  assert.match(html.headers['content-security-policy'] ?? '', /default-src 'none'/)
})

test('an email that does not exist is a page that does not exist', async () => {
  await using portal = await openPortal()
  for (const id of ['1', '00000000-0000-0000-0000-000000000000', "'", '%00', 'a'.repeat(2_000)]) {
    const { status } = await portal.visitor.visit(`/dev/mailbox/${id}`)
    assert.ok(status === 404 || status === 400, id)
  }
})

test('where emails are really sent, no page shows them', async () => {
  await using portal = await openPortal({ settings: mailServerElsewhere })
  assert.equal((await portal.visitor.visit('/dev/mailbox')).status, 404)
  assert.doesNotMatch((await portal.visitor.visit('/login')).text, /dev\/mailbox/)
})

test('in production there is no such page', async () => {
  const settings = { ...mailServerElsewhere, NODE_ENV: 'production', EMAIL_FROM: 'no-reply@example.com' }
  await using portal = await openPortal({ settings })
  assert.equal((await portal.visitor.visit('/dev/mailbox')).status, 404)
})
