import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Asked,
  bearer,
  FORM_TYPE,
  find,
  type Headers,
  JSON_TYPE,
  keepPasswords,
  openTokens,
  send,
  signIn,
  toBody,
} from '../support/api-requests.ts'
import { openCuttableDatabase } from '../support/cuttable-database.ts'
import { type Listed, openContract } from '../support/openapi.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy } from '../support/strangers.ts'
import { createTokenProgram, EXCHANGE, SESSION } from '../support/token-endpoint.ts'

const boss = { ...grace, role: 'admin' } satisfies Person
const withPasswordGrant = { ...behindProxy, PASSWORD_GRANT: 'on' }

test('every address answers as it is described, whatever comes', async (t) => {
  await using portal = await openPortal({ people: [ada, boss], settings: withPasswordGrant })
  const { operations, assertDescribed } = await openContract(portal)
  const client = await createTokenProgram(portal).register()
  const seen = new Set<string>()
  const restorePasswords = await keepPasswords(portal)
  const callers: Record<string, () => Promise<Headers>> = {
    nobody: async () => ({}),
    'a member': async () => bearer(await signIn(portal)),
    'an administrator': async () => bearer(await signIn(portal, boss)),
    'a program with a token': async () => bearer((await openTokens(portal)).access_token),
    'a program whose token is for something else': async () =>
      bearer(
        (await openTokens(portal, { session: await signIn(portal, boss), scope: 'offline_access' }))
          .access_token,
      ),
    'a registered client': async () => client.basic,
    'somebody who signed out': async () => bearer(await signOut(portal, await signIn(portal))),
    'somebody with an invented secret': async () => bearer(`s_${'x'.repeat(64)}`),
    'another site': async () => ({ origin: 'https://evil.test' }),
  }

  for (const operation of operations) {
    await t.test(operation.key, async () => {
      const scopes = new Set<string | undefined>()
      for (const open of Object.values(callers)) {
        await restorePasswords()
        const headers = await open()
        for (const asked of [...listMishaps(operation), ...listExamples(operation)]) {
          const answer = await send(portal, operation, { ...asked, headers })
          assertDescribed(operation, answer)
          seen.add(`${operation.key} ${answer.status}`)
          const [, scope] = /scope="([^"]+)"/.exec(String(answer.headers['www-authenticate'])) ?? []
          if (scope) scopes.add(scope)
        }
      }
      assert.deepEqual(
        [...scopes],
        operation.security.flatMap(({ access_token = [] }) => access_token),
      )
    })
  }

  for (const status of [200, 400, 403, 413, 415, 422])
    assert.ok(seen.has(`POST /auth/login ${status}`), `${status}`)
  for (const status of [200, 401, 403]) assert.ok(seen.has(`GET /auth/me ${status}`), `${status}`)
  for (const status of [200, 400, 401, 403, 413, 415])
    assert.ok(seen.has(`POST /auth/token ${status}`), `${status}`)
  for (const status of [200, 401, 403, 422]) assert.ok(seen.has(`GET /users ${status}`), `${status}`)
  for (const status of [401, 403, 404, 422]) assert.ok(seen.has(`PUT /users/{id} ${status}`), `${status}`)
})

test('refusals of the token endpoints are answered as described', async (t) => {
  await using portal = await openPortal({
    people: [ada, { ...grace, isVerified: false }],
    settings: { ...withPasswordGrant, REGISTRATION: 'open' },
  })
  const { operations, assertDescribed } = await openContract(portal)
  const program = createTokenProgram(portal)
  const client = await program.register()
  const session = await signIn(portal)
  const exchange = { grant_type: EXCHANGE, subject_token: session, subject_token_type: SESSION }
  const password = { grant_type: 'password', username: 'ada', password: 'not this one' }
  const { access_token: alone } = await openTokens(portal, { session, scope: 'account:read' })
  const refusals: [key: string, form: Headers, error: string, headers?: Headers][] = [
    ['POST /auth/token', {}, 'invalid_request'],
    ['POST /auth/token', {}, 'invalid_token', bearer('s_nothing')],
    ['POST /auth/token', {}, 'access_denied', bearer(await signIn(portal, grace))],
    ['POST /auth/token', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ['POST /auth/token', { ...exchange, scope: 'everything' }, 'invalid_scope'],
    ['POST /auth/token', { ...exchange, scope: 'users:read' }, 'invalid_scope', client.basic],
    ['POST /auth/token', { ...exchange, audience: 'https://other.example' }, 'invalid_target'],
    ['POST /auth/token', { ...exchange, client_id: client.id }, 'invalid_client'],
    ['POST /auth/token', { grant_type: 'refresh_token', refresh_token: 'r_x' }, 'invalid_grant'],
    ['POST /auth/token', password, 'invalid_grant'],
    ['POST /auth/revoke', { token: alone }, 'unsupported_token_type'],
    ['POST /auth/revoke', {}, 'invalid_request'],
    ['POST /auth/introspect', { token: alone }, 'invalid_client'],
  ]

  for (const [key, form, error, headers] of refusals) {
    await t.test(`${key}: ${error}`, async () => {
      const body = Object.keys(form).length > 0 ? String(new URLSearchParams(form)) : undefined
      const asked = { headers, ...(body && { body, type: FORM_TYPE }) }

      const answer = await send(portal, { ...find(operations, key) }, asked)

      assert.equal(answer.body.error, error)
      assertDescribed(find(operations, key), answer)
    })
  }
  await t.test('too many attempts', async () => {
    const asked = { body: String(new URLSearchParams(password)), type: FORM_TYPE }
    let answer = await send(portal, find(operations, 'POST /auth/token'), asked)
    for (let attempt = 0; attempt < 12 && answer.status !== 429; attempt++)
      answer = await send(portal, find(operations, 'POST /auth/token'), asked)
    assert.equal(answer.status, 429)
    assertDescribed(find(operations, 'POST /auth/token'), answer)
  })
})

test('refusals to administrators are answered as described', async (t) => {
  await using portal = await openPortal({ people: [ada, boss], settings: behindProxy })
  const { operations, assertDescribed } = await openContract(portal)
  const secret = await signIn(portal, boss)
  const { body: me } = await portal.client.get('/users/me', secret)
  const refusals: [key: string, body: object | undefined, code: string][] = [
    ['POST /users', { email: ada.email }, 'email_taken'],
    ['POST /users', { email: 'new@example.com', username: 'ada' }, 'username_taken'],
    ['PATCH /users/{id}', { username: 'ada' }, 'username_taken'],
    ['PATCH /users/{id}', { role: 'user' }, 'last_admin'],
    ['PATCH /users/me', { username: 'ada' }, 'username_taken'],
    ['DELETE /users/{id}', undefined, 'last_admin'],
  ]

  for (const [key, body, code] of refusals) {
    await t.test(`${key}: ${code}`, async () => {
      const operation = find(operations, key)
      const path = operation.path.replace('{id}', me.id)

      const answer = await send(portal, operation, {
        ...(body && toBody(body)),
        path,
        headers: bearer(secret),
      })

      assert.deepEqual([answer.status, answer.body.code], [409, code])
      assertDescribed(operation, answer)
    })
  }
})

test('too many attempts, an unconfirmed address and a store that is away are answered as described', async () => {
  await using database = await openCuttableDatabase()
  await using portal = await openPortal({
    people: [ada, { ...grace, isVerified: false }],
    settings: { ...database.settings, REGISTRATION: 'open' },
  })
  const { operations, assertDescribed } = await openContract(portal)
  const ask = async (key: string, asked: Asked = {}) => {
    const operation = operations.find((each) => each.key === key)
    assert.ok(operation)
    const answer = await send(portal, operation, asked)
    assertDescribed(operation, answer)
    return answer.status
  }
  const unconfirmed = bearer(await signIn(portal, grace))

  assert.equal(await ask('GET /auth/me', { headers: unconfirmed }), 403)
  assert.equal(
    await ask('POST /auth/register', toBody({ email: ada.email, password: 'copper lantern orbit' })),
    409,
  )
  const created = { email: 'new@example.com', password: 'copper lantern orbit' }
  assert.equal(await ask('POST /auth/register', toBody(created)), 201)
  database.cutOff.refuse()
  assert.equal(await ask('POST /auth/login', toBody({ login: 'ada', password: 'x' })), 503)
  assert.equal(await ask('GET /auth/me', { headers: bearer(`s_${'x'.repeat(64)}`) }), 503)
  assert.equal(await ask('GET /health'), 503)
  database.cutOff.pass()
  let status = 0
  for (let attempt = 0; attempt < 12 && status !== 429; attempt++)
    status = await ask('POST /auth/login', toBody({ login: 'nobody', password: 'x' }))
  assert.equal(status, 429)
})

test('a token that is good is introspected as it is described, and one that is not is nothing', async () => {
  await using portal = await openPortal({ people: [ada] })
  const { operations, assertDescribed } = await openContract(portal)
  const program = createTokenProgram(portal)
  const client = await program.register()
  const tokens = await program.openTokens(client.inForm)

  for (const token of [tokens.access, tokens.refresh, 'r_none']) {
    const answer = await program.introspect(token, client.inForm)
    assert.equal(answer.body.active, token !== 'r_none')
    assertDescribed(find(operations, 'POST /auth/introspect'), answer)
  }
})

/** The examples of the document, as they are; without a body, the bare request. */
function listExamples(operation: Listed): Asked[] {
  const { requestBody } = operation
  const contents = Object.entries(requestBody?.content ?? {})
  const examples = contents.flatMap(([type, { examples }]) =>
    Object.values(examples).map(({ value }) => ({
      type,
      body: type === JSON_TYPE ? JSON.stringify(value) : String(new URLSearchParams(value as Headers)),
    })),
  )
  const path = fillIn(operation)
  return [...(requestBody?.required ? [] : [{}]), ...examples].map((asked) => ({ ...asked, path }))
}

function listMishaps(operation: Listed): Asked[] {
  const { path, parameters = [], requestBody } = operation
  const queries = parameters.filter((each) => each.in === 'query')
  const damaged = [
    ...(requestBody?.content[JSON_TYPE] ? DAMAGED_JSON : []),
    ...(requestBody?.content[FORM_TYPE] ? DAMAGED_FORMS : []),
  ]
  return [
    ...(path.includes('{') ? [{}] : []),
    ...queries.map(({ name }) => ({ path: `${path}?${name}=%00` })),
    ...(queries.length > 0 ? [{ path: `${path}?page=1&per_page=1&search=ada` }] : []),
    ...damaged.map((asked) => ({ ...asked, path: fillIn(operation) })),
  ]
}

/** With ids that nobody has. */
function fillIn({ path, parameters = [] }: Listed): string {
  const ids = new Map(parameters.map(({ name, schema }) => [name, (schema.examples as string[])?.[0]]))
  return path.replace(/\{(\w+)\}/g, (_, name) => ids.get(name) ?? 'none')
}

const DAMAGED_JSON: Asked[] = [
  { type: JSON_TYPE, body: '{' },
  { type: JSON_TYPE, body: '[]' },
  { type: JSON_TYPE, body: '{}' },
  { type: JSON_TYPE, body: '{"refresh_token":1,"client_id":[],"role":"king"}' },
  { type: JSON_TYPE, body: JSON.stringify({ password: 'x'.repeat(200_000) }) },
  { type: 'text/plain', body: 'hello' },
]

const DAMAGED_FORMS: Asked[] = [
  { type: FORM_TYPE, body: 'token=a&token=b' },
  { type: FORM_TYPE, body: 'token=&scope=everything' },
  { type: FORM_TYPE, body: `token=${'x'.repeat(200_000)}` },
  { type: JSON_TYPE, body: '{}' },
]

async function signOut({ client }: Portal, secret: string) {
  await client.post('/auth/logout', undefined, secret)
  return secret
}
