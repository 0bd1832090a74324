import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { listAddresses, withGoogle } from '../support/addresses.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

const markup = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'{{777*777}}<%= 777*777 %>'
const views = new URL('../../views/', import.meta.url)

test('text that somebody typed or put into an address never becomes markup of a page', async () => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  const { visitor } = portal
  const typed = Object.fromEntries(
    ['login', 'email', 'username', 'display_name', 'token', 'return_to', 'remember', 'password'].map(
      (name) => [name, markup],
    ),
  )
  const query = new URLSearchParams({
    ...typed,
    code: markup,
    state: markup,
    error: markup,
    error_description: markup,
  })
  const pages: string[] = []
  for (const { path, methods, isApi } of listAddresses(portal)) {
    if (path.startsWith('/js/')) continue
    pages.push((await visitor.visit(`${path}?${query}`)).text)
    if (methods.includes('POST') && !isApi) pages.push((await visitor.submit(path, typed)).text)
    pages.push((await visitor.visit(`${path}/${encodeURIComponent(markup)}`)).text)
  }

  assert.ok(pages.length > 40)
  for (const page of pages) {
    assert.doesNotMatch(page, /<script>|<img src=x|onerror=alert\(1\)>'/)
    assert.doesNotMatch(page, /603729/)
  }
}) // WEB-06

test('a name made of markup is shown as it was typed', async () => {
  const person = { ...ada, displayName: markup }
  await using portal = await openPortal({ people: [person] })
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })

  const page = await portal.visitor.visit('/account')

  assert.match(page.text, /&#34;&gt;&lt;script&gt;alert\(1\)/)
  assert.doesNotMatch(page.text, /<script>alert/)
})

test('no page holds a script or a style of its own, or asks another site for anything', async () => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  const { visitor } = portal
  const pages = [
    '/login',
    '/register',
    '/verify-email',
    '/verify-email?token=none',
    '/forgot-password',
    '/reset-password?token=none',
    '/no-such-page',
    '/dev/mailbox',
    '/docs',
  ]
  const texts = await Promise.all(pages.map(async (path) => (await visitor.openLink(path)).text))
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  for (const path of ['/account', '/logout']) texts.push((await visitor.visit(path)).text)

  for (const text of texts) {
    assert.doesNotMatch(text, /<script(?![^>]* src="\/js\/)|<style|\sstyle=|\son\w+=|javascript:/i)
    assert.doesNotMatch(text, /(src|href|action)="(https?:)?\/\//i)
  }
}) // WEB-03, WEB-14

test('no element of a page has an attribute twice', async () => {
  await using portal = await openPortal({ settings: { ...withGoogle, REGISTRATION: 'open' } })
  const { visitor } = portal
  const pages: string[] = []
  const lookAround = async () => {
    for (const { path, methods, isApi } of listAddresses(portal)) {
      if (path.startsWith('/js/')) continue
      pages.push((await visitor.visit(path)).text)
      if (methods.includes('POST') && !isApi && path !== '/logout')
        pages.push((await visitor.submit(path)).text)
    }
  }

  await lookAround()
  await visitor.submit('/register', { email: ada.email, password: ada.password })
  await lookAround()
  const link = await portal.linkMailedTo(ada.email)
  pages.push((await visitor.openLink(link)).text)
  const [path, query] = link.split('?')
  await visitor.submit(String(path), String(query))
  await lookAround()

  for (const seen of ['Sign in to Gatehouse', 'Enter the 6-digit code', 'Confirm my email', 'Your account'])
    assert.ok(
      pages.some((page) => page.includes(seen)),
      seen,
    )
  for (const [tag] of pages.join('').matchAll(/<[a-z][^>]*>/gi)) {
    const names = [...tag.matchAll(/\s([^\s=">/]+)(?:="[^"]*")?/g)].map(([, name]) => name)
    assert.equal(new Set(names).size, names.length, tag)
  }
})

test('no page of ours prints anything without escaping it, except its own parts', async () => {
  const files = (await readdir(views, { recursive: true })).filter((name) => name.endsWith('.ejs'))
  assert.ok(files.length > 20)

  for (const file of files) {
    const raw = (await readFile(new URL(file, views), 'utf8')).match(/<%-(?! include\()[\s\S]*?%>/g) ?? []
    assert.deepEqual(raw, [], file)
  }
}) // WEB-08

test('after signing in a visitor stays on the portal, wherever the address wanted to send them', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: { TRUST_PROXY: '1' } })
  const elsewhere = [
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\r\n/evil.test',
    'https:evil.test',
    'javascript:alert(1)',
    'data:text/html,x',
    '/%2f/evil.test/..//evil.test',
    '/..//evil.test',
    '/.//evil.test',
    '@evil.test',
    '／／evil.test',
    '/login\r\nSet-Cookie: a=b',
    '.evil.test',
    '',
    'x'.repeat(600),
  ]

  for (const [index, wanted] of elsewhere.entries()) {
    await t.test(JSON.stringify(wanted.slice(0, 40)), async () => {
      const visitor = portal.openVisitor({ 'x-forwarded-for': `10.0.0.${index + 1}` })
      const answer = await visitor.submit('/login', {
        login: ada.email,
        password: ada.password,
        return_to: wanted,
      })
      assert.equal(answer.status, 303)
      const location = new URL(String(answer.headers.location), portal.baseUrl)
      assert.equal(location.origin, portal.baseUrl)
      assert.doesNotMatch(location.pathname, /^\/[/\\]/)
      assert.equal(answer.headers['set-cookie']?.includes('a=b'), false)
    })
  }
}) // WEB-05

test('the front page leads to the account or to the sign-in', async () => {
  await using portal = await openPortal({ people: [ada] })

  const before = await portal.visitor.visit('/')
  await portal.visitor.submit('/login', { login: ada.email, password: ada.password })
  const after = await portal.visitor.visit('/')

  assert.deepEqual([before.status, before.headers.location], [303, '/login'])
  assert.deepEqual([after.status, after.headers.location], [303, '/account'])
})

test('a page that needs a sign-in comes back after it, and a form that needs one does not', async () => {
  await using portal = await openPortal()

  const page = await portal.visitor.visit('/account?from=mail')

  assert.deepEqual([page.status, page.headers.location], [303, '/login?return_to=%2Faccount%3Ffrom%3Dmail'])
})

test('a page that is not there says so and leads on', async () => {
  await using portal = await openPortal()

  const answer = await portal.visitor.visit('/no-such-page')

  assert.equal(answer.status, 404)
  assert.match(answer.text, /Page not found/)
  assert.match(answer.text, /href="\/"/)
})
