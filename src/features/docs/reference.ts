import type { oas31 } from 'zod-openapi'
import { type FieldRow, listRows, toRow } from './field-rows.ts'
import {
  type Content,
  type Document,
  findName,
  type ListedOperation,
  listOperations,
  resolve,
  type Schema,
} from './schemas.ts'
import { toTokens } from './tokens.ts'

type Answer = oas31.ResponseObject & { $ref?: string; content?: Record<string, Content> }

const PROBLEM = 'application/problem+json'

/** What the page shows, read from the very document that programs get. */
export function toReference(document: Document) {
  const operations = listOperations(document).map((listed) => toOperation(document, listed))
  const { info, tags = [], components = {} } = document
  const { schemas = {}, securitySchemes = {} } = components as Record<string, Record<string, Schema>>
  return {
    title: info.title,
    start: toStart(operations.map(({ curl }) => curl)),
    paragraphs: info.description?.split('\n\n') ?? [],
    proofs: Object.entries(securitySchemes).map(([name, { description }]) => ({ name, description })),
    chapters: tags.map(({ name, description }) => ({
      id: toId(name),
      title: name,
      text: description,
      operations: operations.filter(({ tag }) => tag === name),
    })),
    things: Object.entries(schemas).map(([name, schema]) => ({
      name,
      text: schema.description ?? '',
      rows: listRows(document, schema),
    })),
    problems: listProblems(document),
  }
}

/** The two lines with which everything begins: what signs in, and what asks who did. */
function toStart(curls: string[]): string {
  const find = (path: string) => curls.find((curl) => curl.includes(path)) ?? ''
  return `SESSION=$(${find('/auth/login')} \\\n  | grep -o 's_[A-Za-z0-9_-]\\{64\\}')\n\n${find('/auth/me')}`
}

function toOperation(document: Document, { method, path, operation }: ListedOperation) {
  const { responses = {}, operationId = '', summary, description, tags } = operation
  const answers = Object.entries(responses).map(([status, answer]) => ({
    status,
    answer: resolve<Answer>(document, answer as Answer),
  }))
  const isProblem = ({ answer }: { answer: Answer }) => answer.content?.[PROBLEM] !== undefined
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
    curl: operation['x-codeSamples'][0].source as string,
    answers: answers.filter((each) => !isProblem(each)).map((each) => toAnswer(document, each)),
    problems: answers.filter(isProblem).flatMap(({ status, answer }) => {
      const codes = Object.keys(answer.content?.[PROBLEM]?.examples ?? {})
      return codes.length > 0 ? [{ status, codes }] : []
    }),
  }
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
    thing: content ? findName(content.schema) : null,
    rows: content && !findName(content.schema) ? listRows(document, content.schema) : [],
    examples: listExamples(content?.examples ?? {}),
  }
}

function listExamples(examples: Record<string, { value: unknown }>) {
  return Object.entries(examples).map(([name, { value }]) => ({ name, tokens: toTokens(value) }))
}

function listProblems({ components }: Document) {
  const examples = Object.entries(components?.examples ?? {}) as [
    string,
    { value: { status: number; detail: string } },
  ][]
  return examples.map(([code, { value }]) => ({ code, status: value.status, detail: value.detail }))
}

function toId(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}
