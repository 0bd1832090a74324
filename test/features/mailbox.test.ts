import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listSampleMails, sampleReaders } from '../../src/domain/outgoing-mail/mail-samples.ts'
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

test('every email can be looked at before anybody gets it, as a person with names of every kind would', async () => {
  await using portal = await openPortal()
  const { visitor } = portal
  assert.match((await visitor.visit('/dev/mailbox')).text, /href="\/dev\/mailbox\/previews"/)
  const { headers } = await visitor.visit('/dev/mailbox/previews')
  const first = await visitor.visit(String(headers.location))
  const listLinks = (page: string) =>
    [...page.matchAll(/href="(\/dev\/mailbox\/previews\/[\w/-]+)"/g)].map(([, at]) => at)
  const people = listLinks(first.text).slice(0, Object.keys(sampleReaders).length)

  for (const [at, [, reader]] of Object.entries(sampleReaders).entries()) {
    const mails = listLinks((await visitor.visit(String(people[at]))).text).slice(people.length)
    assert.equal(mails.length, listSampleMails(reader, portal.baseUrl).length)
    for (const mail of mails) {
      const page = await visitor.visit(String(mail))
      const html = await visitor.visit(`${mail}/html`)
      assert.deepEqual([page.status, html.status], [200, 200], mail)
      assert.ok(page.text.includes(`src="${mail}/html"`) && page.text.includes('<pre'))
      assert.match(html.headers['content-security-policy'] ?? '', /default-src 'none'.*sandbox/)
    }
  }
  assert.equal(await portal.database.outgoingMail.count(), 0)
  for (const path of ['nobody/verify-email', 'ordinary/nothing', 'constructor/verify-email/html'])
    assert.equal((await visitor.visit(`/dev/mailbox/previews/${path}`)).status, 404, path)
})

test('where emails are really sent, no page shows them', async () => {
  await using portal = await openPortal({ settings: mailServerElsewhere })
  assert.equal((await portal.visitor.visit('/dev/mailbox')).status, 404)
  assert.doesNotMatch((await portal.visitor.visit('/login')).text, /dev\/mailbox/)
})

test('in production there is no such page', async () => {
  const settings = { ...mailServerElsewhere, NODE_ENV: 'production', EMAIL_FROM: 'no-reply@example.com' }
  await using portal = await openPortal({ settings })
  for (const path of [
    '',
    '/previews',
    '/previews/ordinary/verify-email',
    '/previews/ordinary/verify-email/html',
  ])
    assert.equal((await portal.visitor.visit(`/dev/mailbox${path}`)).status, 404)
})
