import type { oas31 } from 'zod-openapi'
import type { Sample } from './curl.ts'
import { type FieldRow, listRows, toRow } from './field-rows.ts'
import { toPieces } from './json-pieces.ts'
import {
  type Content,
  type Document,
  findName,
  type ListedOperation,
  resolve,
  type Schema,
} from './schemas.ts'

type Answer = oas31.ResponseObject & { $ref?: string; content?: Record<string, Content> }

const PROBLEM = 'application/problem+json'
const OAUTH_ERROR = 'OAuthError'

/** One operation as the page shows it: what it takes, what it gives, and the lines for the shell. */
export function toReferenceOperation(document: Document, { method, path, operation }: ListedOperation) {
  const { responses = {}, operationId = '', summary, description, tags } = operation
  const answers = Object.entries(responses).map(([status, answer]) => ({
    status,
    answer: resolve<Answer>(document, answer as Answer),
  }))
  return {
    id: operationId,
    tag: tags?.[0],
    method,
    path,
    summary,
    description,
    callers: String(operation['x-callers']),
    scopes: operation.security?.flatMap(({ access_token = [] }) => access_token) ?? [],
    parameters: listParameters(operation),
    body: toBody(document, operation),
    samples: operation['x-codeSamples'] as Sample[],
    answers: answers.filter((each) => !findFailure(each)).map((each) => toAnswer(document, each)),
    problems: answers.flatMap((each) => toFailure(each) ?? []),
  }
}

/** What failed, in the words of the API or in those of OAuth. */
function findFailure({ answer: { content = {} } }: { answer: Answer }) {
  const [[type, { schema, examples = {} }] = ['', { schema: {} as Schema }]] = Object.entries(content)
  const codes = Object.keys(examples)
  if (type === PROBLEM) return { codes, list: 'problem' }
  return findName(schema) === OAUTH_ERROR ? { codes, list: 'oauth-error' } : null
}

function toFailure({ status, answer }: { status: string; answer: Answer }) {
  const failure = findFailure({ answer })
  return failure && status !== 'default' ? { status, ...failure } : null
}

function listParameters({ parameters = [] }: oas31.OperationObject): (FieldRow & { place: string })[] {
  return (parameters as oas31.ParameterObject[]).map(
    ({ name, in: place, required = false, schema = {} }) => ({
      ...toRow(schema as Schema),
      name,
      place,
      isRequired: required,
    }),
  )
}

function toBody(document: Document, { requestBody }: oas31.OperationObject) {
  const body = requestBody as { required?: boolean; content: Record<string, Content> } | undefined
  if (!body) return null
  const contents = Object.entries(body.content)
  return {
    isOptional: body.required === false,
    type: contents.map(([type]) => type).join(' or '),
    rows: contents.flatMap(([, { schema }]) => listRows(document, schema)),
    examples: contents.flatMap(([, { examples = {} }]) => listExamples(examples)),
  }
}

function toAnswer(document: Document, { status, answer }: { status: string; answer: Answer }) {
  const [content] = Object.values(answer.content ?? {})
  return {
    status,
    text: answer.description,
    schemaName: content ? findName(content.schema) : null,
    rows: content && !findName(content.schema) ? listRows(document, content.schema) : [],
    examples: listExamples(content?.examples ?? {}),
  }
}

function listExamples(examples: Record<string, { value: unknown }>) {
  return Object.entries(examples).map(([name, { value }]) => ({ name, pieces: toPieces(value) }))
}
