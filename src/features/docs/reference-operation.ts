import type { oas31 } from 'zod-openapi'
import { type FieldRow, listRows, toRow } from './field-rows.ts'
import {
  type Content,
  type Document,
  findName,
  type ListedOperation,
  resolve,
  type Schema,
} from './schemas.ts'
import { toTokens } from './tokens.ts'

type Answer = oas31.ResponseObject & { $ref?: string; content?: Record<string, Content> }

const PROBLEM = 'application/problem+json'

/** One operation as the page shows it: what it takes, what it gives, and the line for the shell. */
export function toOperation(document: Document, { method, path, operation }: ListedOperation) {
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
