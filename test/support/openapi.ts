import assert from 'node:assert/strict'
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js'
import type { Portal } from './portal.ts'
import type { Answer } from './visitor.ts'

export type Schema = { $ref?: string; properties?: Record<string, Schema> } & Record<string, unknown>
export type Content = Record<
  string,
  { schema: Schema; examples: Record<string, { $ref?: string; value: unknown }> }
>
export type Described = { $ref?: string; description: string; content?: Content }
export type Operation = {
  operationId: string
  tags: string[]
  summary: string
  description: string
  security: Record<string, string[]>[]
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { required: boolean; content: Content }
  responses: Record<string, Described>
  'x-codeSamples': { label: string; source: string }[]
}
export type Document = {
  openapi: string
  servers: { url: string }[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, Described & { value: unknown }>>
}
export type Listed = Operation & { key: string; method: string; path: string }

/** What the portal says about itself, and whether an answer of it is what it said. */
export async function openContract({ client }: Portal) {
  const { body, text } = await client.get('/openapi.json')
  const document = body as Document
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
  ajv.addVocabulary(['components', 'x-enumDescriptions'])
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  ajv.addFormat('uuid', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
  ajv.addFormat('uri', (given: string) => URL.canParse(given))

  const operations: Listed[] = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([name, operation]) => {
      const method = name.toUpperCase()
      return { ...operation, key: `${method} ${path}`, method, path }
    }),
  )

  function resolve<T extends { $ref?: string }>(given: T): T {
    if (!given.$ref) return given
    const [, root, kind = '', name = ''] = given.$ref.split('/')
    assert.equal(root, 'components', given.$ref)
    const found = document.components[kind]?.[name] as T | undefined
    assert.ok(found, `${given.$ref} leads nowhere`)
    return found
  }

  /** Every mistake of a value, in words. Throws when the schema is none. */
  function findMistakes(schema: Schema, value: unknown): string[] {
    const isValid = ajv.compile({ ...schema, components: document.components } as AnySchema)
    return isValid(value) ? [] : (isValid.errors ?? []).map((each) => `${each.instancePath} ${each.message}`)
  }

  /** The answer has a status that is described for this operation by itself, and the body that belongs to it. */
  function assertDescribed({ key, responses }: Listed, { status, headers, text, body }: Answer) {
    const described = responses[status]
    assert.ok(described, `${key} answers ${status}, which is not described: ${text}`)
    const [type] = String(headers['content-type'] ?? '').split(';')
    const { content } = resolve(described)
    if (!content) return assert.equal(text, '', key)
    assert.deepEqual([type], Object.keys(content), `${key} ${status}`)
    const media = content[type ?? '']
    assert.deepEqual(
      findMistakes(media?.schema ?? {}, readBody(type, { text, body })),
      [],
      `${key} ${status} ${text}`,
    )
    const code = type === 'application/problem+json' ? body.code : body.error
    if (code !== undefined) assert.ok(media?.examples[code], `${key} answers ${code}, which is not described`)
  }

  return { document, text, operations, resolve, findMistakes, assertDescribed }
}

function readBody(type: string | undefined, { text, body }: { text: string; body: unknown }) {
  return type?.endsWith('json') ? JSON.parse(text) : body
}
