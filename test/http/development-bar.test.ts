import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withGoogle } from '../support/addresses.ts'
import { openPortal } from '../support/portal.ts'

const inDevelopment = { NODE_ENV: 'development' }
const bar = /<aside class="development"[\s\S]*<\/aside>/

test('in development every page says how many emails wait, where the API is, and how to try Google', async () => {
  await using portal = await openPortal({ settings: inDevelopment })
  const { visitor } = portal

  const [before = ''] = bar.exec((await visitor.visit('/login')).text) ?? []
  await visitor.submit('/register', { email: 'eve@example.com', password: 'copper lantern orbit' })
  const [after = ''] = bar.exec((await visitor.visit('/no-such-page')).text) ?? []

  assert.match(before, /href="\/dev\/mailbox">Mailbox \(0\)</)
  assert.match(after, /href="\/dev\/mailbox">Mailbox \(1\)</)
  assert.match(after, /href="\/docs"/)
  assert.match(after, /npm run demo/)
})

test('with Google on, nobody is told how to switch it on', async () => {
  await using portal = await openPortal({ settings: { ...inDevelopment, ...withGoogle } })
  const [shown = ''] = bar.exec((await portal.visitor.visit('/login')).text) ?? []
  assert.match(shown, /Mailbox/)
  assert.doesNotMatch(shown, /npm run demo/)
})

test('without the database the number is missing, but the page is there', async () => {
  await using portal = await openPortal({ settings: inDevelopment })
  await portal.database.$executeRaw`ALTER TABLE outgoing_mails RENAME TO elsewhere`

  const { status, text } = await portal.visitor.visit('/login')

  assert.equal(status, 200)
  assert.match(text, /href="\/dev\/mailbox">Mailbox</)
})

test('customers never see what is for developers', async () => {
  const production = { NODE_ENV: 'production', SMTP_URL: 'smtp://127.0.0.1:9', EMAIL_FROM: 'a@example.com' }
  for (const settings of [production, {}]) {
    await using portal = await openPortal({ settings })
    const { text } = await portal.visitor.visit('/login')
    assert.doesNotMatch(text, bar)
    assert.doesNotMatch(text, /development\.css/)
  }
})
