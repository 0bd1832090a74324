import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { listRoutes } from '../../src/http/not-found.ts'
import { openContract, type Schema } from '../support/openapi.ts'
import { publicUserFields } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'

const API = /^\/(api\/v1\/|auth\/(?!oauth\/)|users(\/|$)|health|\.well-known\/|openapi\.json$)/

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
  assert.deepEqual(Object.keys(user.properties ?? {}), publicUserFields)
})
