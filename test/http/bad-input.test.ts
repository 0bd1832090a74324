import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Address, listAddresses, readEverything, withGoogle } from '../support/addresses.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { openConnection, type RawAnswer, request } from '../support/raw-request.ts'

const secret = 'never-to-be-quoted'
const form = 'application/x-www-form-urlencoded'
const json = 'application/json'
const inside = /node_modules|\bat \w.*:\d+:\d+|Prisma|SyntaxError|TypeError|<zq>/

type Input = {
  type?: string
  body?: string | Buffer
  headers?: Record<string, string | string[]>
  query?: string
}

const fields = [
  'login',
  'email',
  'username',
  'password',
  'current_password',
  'new_password',
  'display_name',
  'token',
  'return_to',
  'remember',
  'code',
  'state',
]
const inEveryField = (value: unknown) => Object.fromEntries(fields.map((name) => [name, value]))
const asForm = (encoded: string) => fields.map((name) => `${name}=${encoded}`).join('&')

/** What anybody may send anywhere; nothing of it may change anything. */
const bodies: Record<string, Input> = {
  'nothing at all': {},
  'a body without a type': { body: `{"login":"${secret}"` },
  'plain text': { type: 'text/plain', body: secret },
  'a file upload': { type: 'multipart/form-data; boundary=x', body: `--x\r\n\r\n${secret}\r\n--x--` },
  XML: { type: 'application/xml', body: `<a>${secret}</a>` },
  'a type that nobody knows': { type: 'x', body: secret },
  'UTF-7': { type: `${form}; charset=utf-7`, body: secret },
  'UTF-16': { type: `${json}; charset=utf-16`, body: '{}' },
  'garbage that claims to be compressed': {
    type: json,
    body: secret,
    headers: { 'content-encoding': 'gzip' },
  },
  'a bomb': { type: form, body: gzipSync('a'.repeat(10_000_000)), headers: { 'content-encoding': 'gzip' } },
  'another compression': { type: json, body: secret, headers: { 'content-encoding': 'br' } },
  'a form of 100 kB and more': { type: form, body: `login=${'a'.repeat(102_400)}` },
  'JSON of 10 MB': { type: json, body: JSON.stringify({ login: 'a'.repeat(10_000_000) }) },
  '1,001 parameters': { type: form, body: Array.from({ length: 1_001 }, (_, n) => `p${n}=1`).join('&') },
  '100,000 parameters': { type: form, body: 'a&'.repeat(100_000) },
  'one name of 90 kB': { type: form, body: `${'n'.repeat(90_000)}=1` },
  'lists in a form': { type: form, body: 'login[]=a&password[]=b&email[a][b]=c&a[999999999]=x' },
  'a form of depth 1,000': { type: form, body: `login${'[a]'.repeat(1_000)}=x` },
  'a field that is given twice': { type: form, body: `${asForm('a')}&email=b&password=c&token=d` },
  'a JSON list': { type: json, body: `["${secret}"]` },
  'JSON null': { type: json, body: 'null' },
  'a JSON number': { type: json, body: '1' },
  'a JSON text': { type: json, body: `"${secret}"` },
  'JSON of depth 50,000': { type: json, body: '['.repeat(50_000) },
  'closed JSON of depth 50,000': { type: json, body: `{"login":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
  'JSON that names a field twice': { type: json, body: `{"email":"a@example.com","email":"${secret}"}` },
  'JSON that names a field twice in two spellings': {
    type: json,
    body: `{"login":"a","lo\\u0067in":"${secret}","password":"x"}`,
  },
  'JSON with a comma too many': { type: json, body: `{"login":"${secret}",}` },
  'JSON after a byte order mark': { type: json, body: `\ufeff{"login":"a"}` },
  'JSON with NaN': { type: json, body: '{"login":NaN}' },
  'JSON numbers without end': { type: json, body: '{"login":1e999,"password":99999999999999999999}' },
  'JSON that is no UTF-8': { type: json, body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) },
  'questions to the database': {
    type: json,
    body: JSON.stringify({
      ...inEveryField({ not: '' }),
      email: { contains: '@' },
      id: { gt: 0 },
      AND: [],
      OR: [{}],
    }),
  },
  'lists instead of texts': { type: json, body: JSON.stringify(inEveryField(['a'])) },
  'numbers instead of texts': { type: json, body: JSON.stringify(inEveryField(1e308)) },
  'keys that reach into prototypes': {
    type: json,
    body: '{"__proto__":{"polluted":1,"isActive":true},"constructor":{"prototype":{"polluted":1}},"toString":"x","hasOwnProperty":1}',
  },
  'keys that reach into prototypes, in a form': {
    type: form,
    body: '__proto__[polluted]=1&constructor.prototype.polluted=1&__proto__=x&toString=x&hasOwnProperty=x',
  },
  'values that reach into prototypes': { type: form, body: asForm('__proto__') },
  'NUL in a form': { type: form, body: asForm('a%00b') },
  'NUL in JSON': { type: json, body: JSON.stringify(inEveryField('a\0b')) },
  'half a character': { type: json, body: JSON.stringify(inEveryField('\ud800')) },
  'overlong UTF-8': { type: form, body: asForm('%c0%ae') },
  'bytes that are no UTF-8': { type: form, body: asForm('%ff') },
  'percent signs that mean nothing': { type: form, body: asForm('%E0%A4%A%zz%') },
  'an option of the template engine': {
    type: form,
    body: 'settings[view options][outputFunctionName]=x;process.exit(1);//&settings[view options][client]=1&escapeFunction=1&cache=1&filename=/etc/passwd',
  },
  'an option of the template engine, in JSON': {
    type: json,
    body: '{"settings":{"view options":{"client":true,"escapeFunction":"1;return process.exit(1);"}},"_locals":{}}',
  },
  templates: {
    type: form,
    body: asForm('%3Czq%3E%3C%25%3D+7*7+%25%3E%24%7B7*7%7D%7B%7B7*7%7D%7D%23%7B7*7%7D'),
  },
}

const heads: Record<string, Input> = {
  'a query of every kind': {
    query:
      '?__proto__[polluted]=1&a[]=1&a[b][c]=2&token=a%00b&token=%ff&return_to[]=x&return_to=%E0%A4%A&state=%ed%a0%80&x=%',
  },
  'a query with an option of the template engine': {
    query: '?settings[view%20options][outputFunctionName]=x&settings[view%20options][client]=1&cache=1',
  },
  'a query of 8 kB': { query: `?return_to=/${'x'.repeat(8_000)}` },
  'a query of many parameters': { query: `?${'a=1&'.repeat(2_000)}` },
  'a cookie that is no cookie of ours': {
    headers: { cookie: 'session=s%3As_x.y; known=1; registration=.; flash=e30; oauth=%' },
  },
  'a cookie of every wrong kind': {
    headers: { cookie: 'session=j:{"a":1}; flash="x"; =; __proto__=1; session' },
  },
  'a session cookie that is given twice': { headers: { cookie: 'session=a; session=b' } },
  'a long cookie': { headers: { cookie: `session=${'x'.repeat(4_000)}` } },
  'a hundred cookies': {
    headers: { cookie: Array.from({ length: 100 }, (_, n) => `c${n}=${n}`).join('; ') },
  },
  'an empty Authorization': { headers: { authorization: '' } },
  'a bearer without a token': { headers: { authorization: 'Bearer' } },
  'a bearer that is too short': { headers: { authorization: `Bearer s_${'a'.repeat(63)}` } },
  'a bearer of other letters': { headers: { authorization: `Bearer s_${'$'.repeat(64)}` } },
  'a bearer of 12 kB': { headers: { authorization: `Bearer s_${'a'.repeat(12_000)}` } },
  'a bearer of another alphabet': {
    headers: { authorization: Buffer.from('Bearer s_ä').toString('latin1') },
  },
  'a name and a password': { headers: { authorization: 'Basic YWRhOnNlY3JldA==' } },
  'no wish': { headers: {} },
  'a wish for JSON': { headers: { accept: json } },
  'a wish for pictures': { headers: { accept: 'image/png' } },
  'a wish of 10 kB': { headers: { accept: 'a/b;q=0.1,'.repeat(1_000), 'accept-language': '' } },
  'a language of 10 kB': { headers: { 'accept-language': 'xx-yy;q=0.1,'.repeat(800) } },
  'a thousand hops': { headers: { 'x-forwarded-for': Array(1_000).fill('1.2.3.4').join(', ') } },
  'hops that are none': {
    headers: { 'x-forwarded-for': 'unknown, "_x", ::1%eth0, 999.1.1.1', forwarded: 'for=x;proto=;;' },
  },
  'another scheme and host': {
    headers: {
      'x-forwarded-proto': 'gopher, https',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-port': '-1',
    },
  },
  'a range of an answer': {
    headers: { range: 'bytes=9999999-', 'if-none-match': '*', 'if-modified-since': 'never' },
  },
}

test('whatever is sent to any address gets a friendly answer and changes nothing', async (t) => {
  await using portal = await openPortal({ people: [ada], settings: { ...withGoogle, TRUST_PROXY: '1' } })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const cookie = [...visitor.jar].map(([name, { value }]) => `${name}=${value}`).join('; ')
  const addresses = listAddresses(portal).filter(({ path }) => !path.startsWith('/js/'))
  const before = await readEverything(portal)
  let client = 0

  async function tryEverywhere(input: Input) {
    for (const address of addresses) {
      for (const method of address.methods.filter((each) => each !== 'HEAD')) {
        if (isMeantToChange(address, method)) continue
        for (const caller of ['', cookie]) {
          client += 1
          const hop = `10.${client >> 16}.${(client >> 8) & 255}.${client & 255}`
          const answer = await send(portal, { method, path: address.path, caller, hop, input })
          const what = `${method} ${address.path}, ${caller ? 'signed in' : 'signed out'}: ${answer.status} ${answer.text}`
          assert.ok(answer.status < 500, what)
          assert.doesNotMatch(answer.text, inside, what)
          if (String(answer.headers['content-type']).includes('json'))
            assert.ok(!answer.text.includes(secret), what)
          assertLogged(portal, answer)
        }
      }
    }
  }

  for (const [what, input] of Object.entries({ ...bodies, ...heads })) {
    await t.test(what, () => tryEverywhere(input))
  }
  assert.equal(await readEverything(portal), before)
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  assert.equal((await visitor.visit('/account')).status, 200)
}) // OPS-02, OPS-11, OPS-14, WEB-08

test('an unreadable request gets the status that says why', async (t) => {
  await using portal = await openPortal({ settings: { TRUST_PROXY: '1' } })
  const expected: Record<string, { api: number; page: number }> = {
    'nothing at all': { api: 422, page: 422 },
    'a body without a type': { api: 400, page: 422 },
    'plain text': { api: 415, page: 415 },
    'a file upload': { api: 415, page: 415 },
    XML: { api: 415, page: 415 },
    'UTF-7': { api: 415, page: 415 },
    'UTF-16': { api: 415, page: 415 },
    'garbage that claims to be compressed': { api: 415, page: 415 },
    'a bomb': { api: 415, page: 415 },
    'a form of 100 kB and more': { api: 415, page: 413 },
    'JSON of 10 MB': { api: 413, page: 415 },
    '1,001 parameters': { api: 415, page: 413 },
    '100,000 parameters': { api: 415, page: 413 },
    'one name of 90 kB': { api: 415, page: 422 },
    'lists in a form': { api: 415, page: 422 },
    'a form of depth 1,000': { api: 415, page: 422 },
    'a field that is given twice': { api: 415, page: 400 },
    'a JSON list': { api: 400, page: 415 },
    'JSON null': { api: 400, page: 415 },
    'a JSON number': { api: 400, page: 415 },
    'a JSON text': { api: 400, page: 415 },
    'JSON of depth 50,000': { api: 400, page: 415 },
    'closed JSON of depth 50,000': { api: 422, page: 415 },
    'JSON that names a field twice': { api: 400, page: 415 },
    'JSON that names a field twice in two spellings': { api: 400, page: 415 },
    'JSON with a comma too many': { api: 400, page: 415 },
    'JSON after a byte order mark': { api: 400, page: 415 },
    'JSON with NaN': { api: 400, page: 415 },
    'JSON numbers without end': { api: 422, page: 415 },
    'JSON that is no UTF-8': { api: 400, page: 415 },
    'questions to the database': { api: 422, page: 415 },
    'lists instead of texts': { api: 422, page: 415 },
    'numbers instead of texts': { api: 422, page: 415 },
    'keys that reach into prototypes': { api: 422, page: 415 },
    'keys that reach into prototypes, in a form': { api: 415, page: 422 },
    'NUL in a form': { api: 415, page: 422 },
    'NUL in JSON': { api: 422, page: 415 },
    'half a character': { api: 422, page: 415 },
    'overlong UTF-8': { api: 415, page: 400 },
    'bytes that are no UTF-8': { api: 415, page: 400 },
  }
  let client = 0

  for (const [what, { api, page }] of Object.entries(expected)) {
    await t.test(what, async () => {
      for (const [path, status] of [
        ['/auth/login', api],
        ['/auth/register', api],
        ['/login', page],
        ['/register', page],
      ] as const) {
        client += 1
        const input = bodies[what] ?? {}
        const answer = await send(portal, {
          method: 'POST',
          path,
          caller: '',
          hop: `10.1.0.${client}`,
          input,
        })
        assert.equal(answer.status, status, path)
        if (status === 422 && path === '/login') assert.match(answer.text, /<title>Error: /)
      }
    })
  }
})

test('a body without end is refused as soon as it is too long', { timeout: 30_000 }, async () => {
  await using portal = await openPortal()
  const connection = await openConnection(portal.port)
  connection.send(
    `POST /auth/login HTTP/1.1\r\nHost: ${portal.host.host}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )

  for (let kilobytes = 0; kilobytes < 200; kilobytes++) connection.send(`400\r\n${'a'.repeat(1_024)}\r\n`)

  assert.match(await connection.until(/payload_too_large/), /^HTTP\/1.1 413 /)
  connection.close()
})

test('someone who leaves in the middle of anything disturbs nobody', async () => {
  await using portal = await openPortal({ people: [ada] })
  const body = `login=ada&password=${encodeURIComponent(ada.password)}`
  const bytes = `POST /login HTTP/1.1\r\nHost: ${portal.host.host}\r\nContent-Type: ${form}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

  for (let length = 0; length <= bytes.length; length += 7) {
    const connection = await openConnection(portal.port)
    connection.send(bytes.slice(0, length))
    if (length % 2) connection.socket.resetAndDestroy()
    else connection.close()
  }

  assert.equal((await portal.visitor.visit('/login')).status, 200)
  assert.deepEqual(
    portal.lines.filter((line) => /"level":"(error|fatal)"/.test(line)),
    [],
  )
})

/**
 * Signing out, deleting the account or keeping it needs no more than to be asked; starting with Google neither. A profile that is
 * put without its fields has none.
 */
function isMeantToChange({ path }: Address, method: string) {
  if (method === 'PUT' && path.endsWith('/users/me')) return true
  if (method === 'DELETE') return path.endsWith('/auth/deletion')
  const asksForNothing =
    /logout|\/auth\/deletion$|\/auth\/oauth\/google(\/link)?$|^\/account\/(profile$|data\/|sessions\/end-)/
  return method === 'POST' && asksForNothing.test(path)
}

type Sent = { method: string; path: string; caller: string; hop: string; input: Input }

function send(portal: Portal, { method, path, caller, hop, input }: Sent): Promise<RawAnswer> {
  const { type, body, headers = {}, query = '' } = input
  return request({
    port: portal.port,
    method,
    path: `${path}${query}`,
    headers: {
      ...portal.host,
      'sec-fetch-site': 'same-origin',
      accept: 'text/html',
      'x-forwarded-for': hop,
      ...(type && { 'content-type': type }),
      ...(caller && { cookie: caller }),
      ...headers,
    },
    ...(method !== 'GET' && body !== undefined && { body }),
  })
}

function assertLogged(portal: Portal, { headers }: RawAnswer) {
  const id = String(headers['x-request-id'])
  const lines = portal.lines.splice(0)
  const own = lines.filter((line) => line.includes(id))
  assert.ok(own.length > 0)
  for (const line of own) assert.ok(line.endsWith('}\n') && JSON.parse(line).request_id === id, line)
  assert.doesNotMatch(lines.join(), new RegExp(secret))
}
