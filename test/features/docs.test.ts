import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { z } from 'zod'
import { EXAMPLE_REFRESH_TOKEN, EXAMPLE_USER_ID } from '../../src/domain/examples.ts'
import { createOpenApiDocument } from '../../src/features/docs/document.openapi.ts'
import { toReference } from '../../src/features/docs/reference.ts'
import type { Operations } from '../../src/http/operation.ts'
import { bearer } from '../support/api-requests.ts'
import { openCuttableDatabase } from '../support/cuttable-database.ts'
import { openContract } from '../support/openapi.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

test('the page shows each operation of the document once, with all its details', async () => {
  await using portal = await openPortal()
  const { operations } = await openContract(portal)
  const { text, status, headers } = await portal.visitor.visit('/docs')
  const shown = [...text.matchAll(/>([A-Z]+)<\/span>\s*<code>([^<]+)<\/code>/g)]

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
  const [, shown = ''] = /<pre[^>]*>([\s\S]*?)<\/pre>/.exec(page) ?? []
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
        examples: { refresh: { token: EXAMPLE_REFRESH_TOKEN, hint: 'a b&c' } },
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
      path: z.object({ id: z.uuid().meta({ example: EXAMPLE_USER_ID }) }),
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
    brand: { termsUrl: null, supportEmail: null },
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

test('page and document are the same for everybody, may be kept for a minute, and ask no store', async () => {
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
