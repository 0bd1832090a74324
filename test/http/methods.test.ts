import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listAddresses, readEverything, withGoogle } from '../support/addresses.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { exchange, request } from '../support/raw-request.ts'

const known = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'MKCOL',
  'PURGE',
]

test('a method that an address does not allow is answered with those it allows', async (t) => {
  await using portal = await openPortal({ settings: withGoogle })

  for (const { path, methods } of listAddresses(portal)) {
    await t.test(path, async () => {
      for (const method of known.filter((each) => !methods.includes(each))) {
        const answer = await request({ port: portal.port, method, path, headers: portal.host })
        assert.equal(answer.status, 405, `${method} ${answer.text}`)
        assert.deepEqual(String(answer.headers.allow).split(', ').toSorted(), methods.toSorted())
      }
    })
  }
}) // WEB-10

test('an unknown method, or one in lower case, is refused before the request is read', async () => {
  await using portal = await openPortal()

  for (const method of ['FOO', 'get', 'Post', 'GET/', '']) {
    const answer = await exchange(
      portal.port,
      `${method} /login HTTP/1.1\r\nHost: ${portal.host.host}\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1.1 400 /, method)
  }
})

test('nobody can dress one method up as another', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })

  const asPost = {
    'x-http-method-override': 'POST',
    'x-method-override': 'POST',
    'sec-fetch-site': 'same-origin',
  }

  const seen = await visitor.visit('/logout?_method=POST', asPost)
  const sent = await visitor.submit('/?_method=GET', { _method: 'GET' }, { 'x-http-method-override': 'GET' })

  assert.deepEqual([seen.status, sent.status], [200, 405])
  assert.equal((await visitor.visit('/account')).status, 200)
})

test('looking at an address changes nothing, whoever looks', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: withGoogle })
  const { visitor } = portal
  await visitor.submit('/register', { email: 'new@example.com', password: 'copper lantern orbit' })
  const link = await portal.linkMailedTo('new@example.com')
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const before = await readEverything(portal)

  for (const path of [link, ...listAddresses(portal).map((address) => address.path)]) {
    await t.test(path.split('?')[0], async () => {
      const seen = await visitor.visit(path, { 'sec-fetch-site': 'same-origin' })
      const head = await visitor.request('head', path, { 'sec-fetch-site': 'same-origin' })
      assert.equal(head.status, seen.status)
      await portal.openVisitor().visit(path)
    })
  }

  assert.equal(await readEverything(portal), before)
  assert.equal((await visitor.visit('/account')).status, 200)
})

test('asking only for the head of a page does not take its message away', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  await visitor.submit('/logout')

  await visitor.request('head', '/login')

  assert.match((await visitor.visit('/login')).text, /You’re signed out/)
  assert.doesNotMatch((await visitor.visit('/login')).text, /You’re signed out/)
})

test('an address spelt in another way is the same one or none', async () => {
  await using portal = await openPortal()
  const ask = async (path: string) =>
    (await request({ port: portal.port, path, headers: portal.host })).status

  for (const path of ['/LOGIN', '/login/', '/login?', '/login?x=%']) assert.equal(await ask(path), 200, path)
  for (const path of [
    '//login',
    '/login%2f',
    '/login;x',
    '/login%00',
    '/%2e%2e/login',
    '/login%',
    '/%zz',
    '/%c0%ae',
    '/%ff',
  ])
    assert.ok([400, 404].includes(await ask(path)), path)
  for (const path of ['/./login', '/x/../login']) assert.equal(await ask(path), 404, path)
  assert.equal(await ask(`/${'x'.repeat(8_000)}`), 404)
  assert.equal(await ask(`/dev/mailbox/%E0%A4%A`), 400)
})

test('however the address of a sign-in is spelt, the attempts are counted together', async () => {
  await using portal = await openPortal()
  const spellings = ['/login', '/LOGIN', '/login/', '/Login?x=1']
  const statuses: number[] = []
  for (let attempt = 0; attempt < 12; attempt++) {
    const path = spellings[attempt % spellings.length] ?? ''
    statuses.push((await portal.visitor.submit(path, { login: `nobody-${attempt}`, password: 'x' })).status)
  }

  assert.deepEqual(statuses.slice(0, 10), Array(10).fill(422))
  assert.deepEqual(statuses.slice(10), [429, 429])
}) // LOG-08

test('an address in a query is no reason to refuse a page', async () => {
  await using portal = await openPortal()

  const answer = await portal.visitor.visit('/login?return_to=https://evil.test/')

  assert.equal(answer.status, 200)
  assert.doesNotMatch(answer.text, /evil\.test/)
})

test('a request that was not framed properly is refused, and the connection closed', {
  timeout: 30_000,
}, async (t) => {
  await using portal = await openPortal()
  const start = `POST /login HTTP/1.1\r\nHost: ${portal.host.host}\r\n`
  const smuggled: Record<string, string> = {
    'two lengths': `${start}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    'a length and chunks': `${start}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'an unknown encoding': `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    'chunks that are not last': `${start}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    'a folded header': `${start}X-Long: a\r\n b\r\n\r\n`,
    'a space before the colon': `${start}Content-Length : 3\r\n\r\nabc`,
    'a line without its carriage return': `POST /login HTTP/1.1\nHost: ${portal.host.host}\n\n`,
    'a NUL in a header': `${start}X-A: a\0b\r\n\r\n`,
    'a negative length': `${start}Content-Length: -1\r\n\r\n`,
    'a length that is no number': `${start}Content-Length: 0x10\r\n\r\n`,
    'a chunk size that is no number': `${start}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    'another version': `POST /login HTTP/9.9\r\nHost: ${portal.host.host}\r\n\r\n`,
    'no request at all': 'hello\r\n\r\n',
  }

  for (const [what, bytes] of Object.entries(smuggled)) {
    await t.test(what, async () => {
      const answer = await exchange(portal.port, bytes)
      assert.match(answer, /^HTTP\/1.1 400 [\s\S]*Connection: close/)
      assert.equal(answer.match(/HTTP\/1.1/g)?.length, 1)
    })
  }
  await t.test('a chunk extension of a megabyte', async () => {
    const answer = await exchange(
      portal.port,
      `${start}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(1_000_000)}`,
    )
    assert.match(answer, /^HTTP\/1.1 413 /)
  })
  assert.equal((await portal.visitor.visit('/login')).status, 200)
}) // OPS-03

test('too many or too long headers are refused', async () => {
  await using portal = await openPortal()
  const ask = (headers: string) =>
    exchange(
      portal.port,
      `GET /login HTTP/1.1\r\nHost: ${portal.host.host}\r\nConnection: close\r\n${headers}\r\n`,
    )

  assert.match(await ask(`X-Long: ${'x'.repeat(17_000)}\r\n`), /^HTTP\/1.1 431 /)
  assert.match(await ask('X-Many: 1\r\n'.repeat(200)), /^HTTP\/1.1 200 /)
  assert.match(await ask(`Cookie: session=${'x'.repeat(4_000)}\r\n`), /^HTTP\/1.1 200 /)
  assert.match(await ask(`Cookie: ${'__proto__=1; constructor=2; a=%; '.repeat(40)}\r\n`), /^HTTP\/1.1 200 /)
})
