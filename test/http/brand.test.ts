import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { withGoogle } from '../support/addresses.ts'
import { listLongestMails } from '../support/letters.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'

const brand = {
  PORTAL_NAME: 'Example',
  BRAND_COLOR: '#7B1FA2',
  LOGO_URL: 'https://cdn.example.com/a,b;c/logo.png?v=1',
  TERMS_URL: 'https://example.com/terms?a=b&c=d',
  PRIVACY_URL: 'https://example.com/privacy',
  SUPPORT_EMAIL: 'help@example.com',
}
const pages = ['/login', '/register', '/docs', '/no-such-page', '/account']

test('every page shows the operator’s colour, logo and addresses', async () => {
  await using portal = await openPortal({ people: [ada], settings: { ...withGoogle, ...brand } })
  const member = portal.openVisitor()
  await member.submit('/login', { login: ada.email, password: ada.password })

  for (const path of pages) {
    const { text } = await (path === '/account' ? member : portal.visitor).visit(path)
    assert.match(
      text,
      /<img [^>]*src="https:\/\/cdn\.example\.com\/a,b;c\/logo\.png\?v=1" alt="Example"/,
      path,
    )
    assert.match(text, /href="https:\/\/example\.com\/terms\?a=b&amp;c=d"/, path)
    assert.match(text, /href="https:\/\/example\.com\/privacy"/, path)
    assert.match(text, /href="mailto:help@example\.com"/, path)
    const [, style = ''] = /<link rel="stylesheet" href="(\/css\/brand\.[0-9a-f]{12}\.css)">/.exec(text) ?? []
    const sheet = await portal.visitor.visit(style)
    assert.equal(sheet.headers['content-type'], 'text/css; charset=utf-8', path)
    assert.match(sheet.text, /--brand: #7b1fa2;/, path)
    assert.ok(text.indexOf('/css/brand.') > text.indexOf('/css/app.'), path)
  }
  assert.match(String((await portal.visitor.visit('/img/favicon.svg')).body), /fill="#7b1fa2"/)
})

test('the API description names the terms and the support address', async () => {
  await using portal = await openPortal({ settings: brand })
  const { info } = (await portal.visitor.visit('/openapi.json')).body
  assert.deepEqual([info.termsOfService, info.contact], [brand.TERMS_URL, { email: brand.SUPPORT_EMAIL }])
})

test('a logo from elsewhere may be loaded, and nothing else from there', async () => {
  await using portal = await openPortal({ settings: brand })
  const policy = async (path: string) =>
    String((await portal.visitor.visit(path)).headers['content-security-policy'])

  assert.match(await policy('/login'), /;img-src 'self' https:\/\/cdn\.example\.com\/a%2Cb%3Bc\/logo\.png;/)
  assert.match(await policy('/health'), /;connect-src 'self';/)
  await using plain = await openPortal()
  const headers = (await plain.visitor.visit('/login')).headers
  assert.match(String(headers['content-security-policy']), /;img-src 'self';/)
}) // WEB-03

test('a logo in the data folder is shown from there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  await writeFile(join(folder, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await using portal = await openPortal({ settings: { DATA_DIR: folder } })

  const { text } = await portal.visitor.visit('/login')
  const [, logo = ''] = /<img class="brand-logo" src="(\/img\/logo\.[0-9a-f]{12}\.svg)"/.exec(text) ?? []
  const { status, headers } = await portal.visitor.visit(logo)
  assert.deepEqual([status, headers['content-type']], [200, 'image/svg+xml'])
  const policy = headers['content-security-policy'] ?? ''
  assert.match(policy, /default-src 'none'/)
  assert.match(policy, /;sandbox$/, 'opened by itself, a drawing does nothing')
  assert.doesNotMatch(policy, /script-src|'self'/)
  await rm(folder, { recursive: true })
})

test('without settings of its own the portal shows our mark, and no empty links', async () => {
  await using portal = await openPortal()
  for (const path of pages) {
    const { text } = await portal.visitor.visit(path)
    assert.doesNotMatch(text, /brand-logo|\/css\/brand|mailto:|>(Terms|Privacy|Support)</, path)
  }
})

test('every email shows the operator’s name, colour and addresses', async () => {
  await using portal = await openPortal({ settings: brand })
  for (const { text, html } of await writeAll(portal)) {
    assert.ok(text.includes('Example') && html.includes('>Example</p>'))
    assert.match(html, /#7b1fa2/)
    assert.doesNotMatch(html, /#3a53c5|#a9b7ff/)
    for (const address of ['https://example.com/terms', 'https://example.com/privacy', 'help@example.com']) {
      assert.ok(text.includes(address) && html.includes(address), text)
    }
  }
})

test('no email loads anything from anywhere, not even the logo', async () => {
  await using portal = await openPortal({ settings: brand })
  for (const { html } of await writeAll(portal)) assert.doesNotMatch(html, /<img|<link|src=|url\(|@import/)
})

async function writeAll({ services, baseUrl }: Portal) {
  const mails = listLongestMails(baseUrl)
  for (const mail of mails) await services.repositories.mails.insert(ada.email, mail, new Date())
  const written = await services.outbox.listNewest(100)
  assert.ok(written.length >= 6 && written.length === mails.length)
  return written
}
