import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { z } from 'zod'
import { createApp } from '../../src/app.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { createOpenApiDocument } from '../../src/features/docs/document.openapi.ts'
import { toReference } from '../../src/features/docs/reference.ts'
import { listRoutes } from '../../src/http/not-found.ts'
import type { Operations } from '../../src/http/operation.ts'
import { readCurlLine } from '../support/curl-line.ts'
import { openCuttableDatabase } from '../support/cuttable-database.ts'
import { type Listed, openContract, type Schema } from '../support/openapi.ts'
import { ada, grace, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'
import { createTokenProgram, EXCHANGE, SESSION } from '../support/token-endpoint.ts'
import type { Answer } from '../support/visitor.ts'

type Headers = Record<string, string>
type Asked = { path?: string; headers?: Headers; body?: string; type?: string }

const API = /^\/(auth\/(?!oauth\/)|users(\/|$)|health|\.well-known\/|openapi\.json$)/
const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'
const boss = { ...grace, role: 'admin' } satisfies Person
const withPasswordGrant = { ...behindProxy, PASSWORD_GRANT: 'on' }

test('every address of the API is described, and every address that is described is there', async () => {
  await using portal = await openPortal()
  const { operations } = await openContract(portal)
  const routes = listRoutes(createApp(portal.config, portal.world, portal.services))
    .filter(({ path }) => API.test(path))
    .flatMap(({ path, methods }) =>
      methods
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    )

  const described = operations.map(({ key }) => key)

  assert.ok(routes.length >= 30)
  // Describe it in the *.openapi.ts beside its *.api.ts, and list that one in src/openapi.ts.
  assert.deepEqual(
    routes.filter((route) => !described.includes(route)),
    [],
  )
  assert.deepEqual(
    described.filter((key) => !routes.includes(key)),
    [],
  )
})

test('the document is OpenAPI 3.1 that a program can follow to its end', async () => {
  await using portal = await openPortal()
  const { document, operations, resolve, findMistakes, text } = await openContract(portal)
  const { components, tags, servers } = document

  assert.match(document.openapi, /^3\.1\.\d$/)
  assert.deepEqual(servers, [{ url: portal.baseUrl }])
  const references = [...text.matchAll(/"\$ref": "([^"]+)"/g)].map(([, $ref]) => ({ $ref }))
  assert.ok(references.length > operations.length)
  for (const reference of references) assert.ok(resolve(reference))
  for (const schema of Object.values(components.schemas ?? {})) findMistakes(schema as Schema, null)
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)

  for (const { key, path, parameters = [], ...operation } of operations) {
    for (const words of [operation.summary, operation.description]) assert.match(words, /^[A-Z]/, key)
    assert.ok(
      operation.tags.every((tag) => tags.some(({ name }) => name === tag)),
      key,
    )
    for (const scheme of operation.security.flatMap(Object.keys))
      assert.ok(components.securitySchemes?.[scheme], key)
    assert.deepEqual(
      parameters.filter((each) => each.in === 'path').map(({ name }) => name),
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      key,
    )
    const answers = Object.values(operation.responses).map(resolve)
    for (const { description } of answers) assert.ok(description, key)
    for (const { content = {} } of [operation.requestBody ?? {}, ...answers]) {
      for (const { schema, examples = {} } of Object.values(content)) {
        for (const example of Object.values(examples))
          assert.deepEqual(findMistakes(schema, (resolve(example) as { value: unknown }).value), [], key)
      }
    }
  }
})

test('the list of codes is closed, and each has an answer of its own', async () => {
  await using portal = await openPortal()
  const { document, findMistakes, operations, resolve } = await openContract(portal)
  const problem = { $ref: '#/components/schemas/Problem' }

  assert.deepEqual(Object.keys(document.components.examples ?? {}), [...ERROR_CODES])
  for (const code of ERROR_CODES) {
    assert.ok(document.components.responses?.[code], code)
    const example = document.components.examples?.[code] as unknown as { value: { code: string } }
    assert.deepEqual([example.value.code, findMistakes(problem, example.value)], [code, []])
  }
  for (const { responses } of operations) {
    for (const [status, described] of Object.entries(responses)) {
      const { examples = {} } = resolve(described).content?.['application/problem+json'] ?? {}
      for (const example of Object.values(examples))
        assert.equal((resolve(example).value as { status: number }).status, Number(status))
    }
  }
})

test('every address answers as it is described, whatever comes', async (t) => {
  await using portal = await openPortal({ people: [ada, boss], settings: withPasswordGrant })
  const { operations, assertDescribed } = await openContract(portal)
  const client = await createTokenProgram(portal).register()
  const seen = new Set<string>()
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

test('what a token endpoint refuses is said as described', async (t) => {
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

test('what an administrator cannot do is said as described', async (t) => {
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

test('every line for the shell works as pasted', async (t) => {
  await using portal = await openPortal({ settings: withPasswordGrant })
  const { operations, assertDescribed } = await openContract(portal)
  const variables: Headers = {}
  const first = ['POST /auth/register', 'POST /auth/verify-email', 'POST /auth/login']
  const later = operations.filter(({ key }) => !first.includes(key))
  const { id: CLIENT_ID, secret: CLIENT_SECRET } = await createTokenProgram(portal).register()
  let count = 0

  for (const operation of [...first.map((key) => find(operations, key)), ...later]) {
    for (const { label, source } of operation['x-codeSamples']) {
      await t.test(`${operation.key} ${label}`, async () => {
        if (operation.key === 'POST /auth/verify-email')
          variables.TOKEN = await mailedToken(portal, ada.email)
        if (later.includes(operation)) {
          await portal.database.user.update({ where: { email: ada.email }, data: { role: 'admin' } })
          const USER_ID = await portal.addPerson({
            ...grace,
            username: undefined,
            email: `${++count}@example.com`,
          })
          Object.assign(variables, await openVariables(portal), { USER_ID, CLIENT_ID, CLIENT_SECRET })
        }

        const answer = await paste(portal, source, variables)

        assert.ok(answer.status < 300, `${answer.status} ${answer.text}`)
        assertDescribed(operation, answer)
      })
    }
  }
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

test('the document names nothing that people must not see', async () => {
  await using portal = await openPortal()
  const { text, document } = await openContract(portal)
  const page = (await portal.visitor.visit('/docs')).text
  const hidden = /hash|epoch|argon|SECRET_KEY|secretKey|revoke_?reason|DATABASE_URL|REDIS_URL|prisma|sqlite/i

  for (const each of [text, page]) {
    assert.doesNotMatch(each, hidden)
    assert.doesNotMatch(each, /s_(?!example-)[\w-]{64}/)
  }
  const user = document.components.schemas?.User as Schema
  assert.deepEqual(Object.keys(user.properties ?? {}), [
    'id',
    'email',
    'email_verified',
    'username',
    'display_name',
    'role',
    'is_active',
    'created_at',
    'updated_at',
  ])
})

test('the page shows each operation of the document once, and all that there is to know', async () => {
  await using portal = await openPortal()
  const { operations } = await openContract(portal)
  const { text, status, headers } = await portal.visitor.visit('/docs')
  const shown = [...text.matchAll(/>([A-Z]+)<\/span>\s*<code class="path">([^<]+)<\/code>/g)]

  assert.equal(status, 200)
  assert.match(String(headers['content-type']), /^text\/html/)
  assert.deepEqual(
    shown.map(([, method, path]) => `${method} ${path}`).sort(),
    operations.map(({ key }) => key).sort(),
  )
  for (const { operationId, summary, responses } of operations) {
    assert.equal(text.split(`id="${operationId}"`).length, 2, operationId)
    const [, part = ''] = text.split(`id="${operationId}"`)
    assert.ok(text.includes(summary))
    for (const answer of Object.keys(responses).filter((each) => each !== 'default'))
      assert.ok(
        part.slice(0, part.indexOf('class="operation"')).includes(`>${answer}</span>`),
        `${operationId} ${answer}`,
      )
  }
  const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
  assert.ok(targets.length > operations.length)
  for (const id of targets) assert.ok(text.includes(`id="${id}"`), `#${id} leads nowhere`)
})

test('the lines that the page begins with sign in, ask who did, and ask for a token', async () => {
  await using portal = await openPortal()
  const page = (await portal.visitor.visit('/docs')).text
  const [, shown = ''] = /<pre class="code"[^>]*>([\s\S]*?)<\/pre>/.exec(page) ?? []
  const lines = shown.replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
  const secret = `s_${'Aa0_-9zZ'.repeat(8)}`
  const answer = JSON.stringify({ session: { id: secret, session_id: 'ses_x' }, user: {} })
  const curl = `curl() { case "$*" in *login*) echo '${answer}';; *) printf '%s\n' "$@";; esac; }`

  const asked = execFileSync('sh', ['-c', `${curl}\n${lines}`], { encoding: 'utf8' })

  assert.deepEqual(asked.split('\n').slice(1), [
    `${portal.baseUrl}/auth/me`,
    '-H',
    `authorization: Bearer ${secret}`,
    '-s',
    '-X',
    'POST',
    `${portal.baseUrl}/auth/token`,
    '-H',
    `authorization: Bearer ${secret}`,
    '',
  ])
})

test('a form, parameters, a scope and the proof of a client are told as clearly as JSON', () => {
  const operations: Operations = {
    'POST /auth/introspect': {
      summary: 'Ask about a token',
      description: 'Tells whether `token` is good.',
      callers: 'secretClients',
      refusals: ['invalid_client'],
      body: {
        as: 'form',
        schema: z.object({ token: z.string(), hint: z.string().optional() }),
        examples: { refresh: { token: `r_${'example-'.repeat(8)}`, hint: 'a b&c' } },
      },
      answers: {
        200: { description: 'Known.', schema: z.object({ active: z.boolean().meta({ example: true }) }) },
      },
    },
    'PATCH /users/{id}': {
      summary: 'Change somebody',
      description: 'Only what is named is changed.',
      callers: 'admins',
      scope: 'users:write',
      path: z.object({ id: z.uuid().meta({ example: '7f9c24e5-2b1a-4c36-9d0f-8a51b3c7e642' }) }),
      query: z.object({ page: z.int().min(1).default(1) }),
      body: {
        as: 'json',
        schema: z.object({ name: z.string().meta({ example: "O'Brien" }) }),
        isOptional: true,
      },
      answers: { 204: { description: 'Changed.' } },
    },
  }
  const document = createOpenApiDocument([{ title: 'Things', text: '…', operations }], {
    portalName: 'Gatehouse',
    baseUrl: 'https://login.example.com',
  })
  const [introspect, change] = toReference(document).chapters[0]?.operations ?? []

  assert.equal(introspect?.body?.type, 'application/x-www-form-urlencoded')
  assert.ok(introspect?.problems.every(({ list }) => list === 'oauth-error'))
  assert.deepEqual(
    introspect?.problems.map(({ status, codes }) => `${status} ${codes}`),
    [
      '400 invalid_request',
      '401 invalid_client',
      '403 access_denied',
      '413 invalid_request',
      '415 invalid_request',
      '503 temporarily_unavailable',
    ],
  )
  assert.deepEqual(
    introspect?.answers.map(({ status, rows }) => [status, rows[0]?.name]),
    [['200', 'active']],
  )
  assert.equal(
    introspect?.samples[0]?.source,
    `curl -s https://login.example.com/auth/introspect \\
  -u "$CLIENT_ID:$CLIENT_SECRET" \\
  -d "token=$REFRESH_TOKEN" \\
  -d hint=a%20b%26c`,
  )
  assert.deepEqual(
    change?.parameters.map(({ name, place, type, isRequired }) => [name, place, type, isRequired]),
    [
      ['id', 'path', 'string (uuid)', true],
      ['page', 'query', 'integer', false],
    ],
  )
  assert.deepEqual([change?.scopes, change?.body?.isOptional], [['users:write'], true])
  assert.ok(change?.problems.some(({ status, codes }) => status === '403' && codes.includes('forbidden')))
  assert.deepEqual(
    change?.samples.map(({ label }) => label),
    ['Without a body', 'example'],
  )
  assert.equal(
    change?.samples[1]?.source,
    `curl -s -X PATCH "https://login.example.com/users/$USER_ID" \\
  -H "authorization: Bearer $SESSION" \\
  -H 'content-type: application/json' \\
  -d '{"name":"O'\\''Brien"}'`,
  )
})

test('both are the same for everybody, may be kept for a minute, and ask no store', async () => {
  await using database = await openCuttableDatabase()
  await using portal = await openPortal({ people: [ada], settings: database.settings })
  const { visitor } = portal
  await visitor.submit('/login', { login: ada.email, password: ada.password })
  const stranger = portal.openVisitor()
  database.cutOff.refuse()

  for (const path of ['/docs', '/openapi.json']) {
    const [mine, theirs] = [await visitor.visit(path), await stranger.visit(path)]
    const program = await stranger.visit(path, bearer(`s_${'x'.repeat(64)}`))
    assert.deepEqual([mine.status, theirs.status, program.status], [200, 200, 200])
    assert.equal(mine.text, theirs.text)
    for (const { headers } of [mine, theirs]) {
      assert.equal(headers['cache-control'], 'public, max-age=60')
      assert.equal(headers['set-cookie'], undefined)
    }
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

function toBody(value: object): Asked {
  return { type: JSON_TYPE, body: JSON.stringify(value) }
}

async function send({ client }: Portal, { method, path }: { method: string; path: string }, asked: Asked) {
  const address = (asked.path ?? path).replace(/\{\w+\}/g, 'none')
  const request = client.portal[method.toLowerCase() as 'get' | 'post'](address)
  if (asked.type) request.type(asked.type).send(asked.body)
  return client.send(request, { 'x-forwarded-for': nextAddress(), ...asked.headers })
}

/** What a shell would give to curl, sent. */
async function paste(portal: Portal, line: string, variables: Headers): Promise<Answer> {
  const { method, address, headers, body } = readCurlLine(line, variables)
  assert.ok(address.startsWith(`${portal.baseUrl}/`), address)
  const path = address.slice(portal.baseUrl.length)
  const type = headers['content-type'] ?? (body === undefined ? undefined : FORM_TYPE)
  return send(portal, { method, path }, { headers, body, type })
}

function find(operations: Listed[], wanted: string): Listed {
  const operation = operations.find(({ key }) => key === wanted)
  assert.ok(operation, wanted)
  return operation
}

function bearer(secret: string): Headers {
  return { authorization: `Bearer ${secret}` }
}

async function signIn({ client }: Portal, { email, password }: { email: string; password: string } = ada) {
  const request = client.portal.post('/auth/login').send({ login: email, password })
  const { body } = await client.send(request, { 'x-forwarded-for': nextAddress() })
  return body.session.id as string
}

/** The tokens of a program of our own. */
async function openTokens(portal: Portal, given: { session?: string; scope?: string } = {}) {
  const { session = await signIn(portal), scope = 'account:read account:write offline_access' } = given
  const { body } = await createTokenProgram(portal).exchange(session, { scope })
  return body as { access_token: string; refresh_token: string }
}

/** What somebody has who signed in and asked for tokens. */
async function openVariables(portal: Portal): Promise<Headers> {
  const SESSION = await signIn(portal)
  const tokens = await openTokens(portal, { session: SESSION })
  const { body } = await portal.client.get('/auth/sessions', SESSION)
  const [current] = body.sessions.filter((each: { is_current: boolean }) => each.is_current)
  return {
    SESSION,
    ACCESS_TOKEN: tokens.access_token,
    REFRESH_TOKEN: tokens.refresh_token,
    SESSION_ID: current.session_id,
    FAMILY_ID: current.tokens[0].family_id,
  }
}

async function signOut({ client }: Portal, secret: string) {
  await client.post('/auth/logout', undefined, secret)
  return secret
}

async function mailedToken(portal: Portal, email: string): Promise<string> {
  return new URL(await portal.linkMailedTo(email), portal.baseUrl).searchParams.get('token') ?? ''
}
