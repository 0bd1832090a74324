import { listRows } from './field-rows.ts'
import { toReferenceOperation } from './reference-operation.ts'
import { type Document, listOperations, type Schema } from './schemas.ts'

/** What the page shows, read from the same document that programs get. */
export function toReference(document: Document) {
  const operations = listOperations(document).map((listed) => toReferenceOperation(document, listed))
  const { info, tags = [], components = {} } = document
  const { schemas = {}, securitySchemes = {} } = components as Record<string, Record<string, Schema>>
  return {
    title: info.title,
    start: toStart(operations.flatMap(({ samples }) => samples.map(({ source }) => source))),
    paragraphs: info.description?.split('\n\n') ?? [],
    proofs: Object.entries(securitySchemes).map(([name, { description }]) => ({ name, description })),
    chapters: tags.map(({ name, description }) => ({
      id: toId(name),
      title: name,
      text: description,
      operations: operations.filter(({ tag }) => tag === name),
    })),
    schemas: Object.entries(schemas).map(([name, schema]) => ({
      name,
      text: schema.description ?? '',
      rows: listRows(document, schema),
    })),
    problems: listProblems(document),
    oauthErrors: listOAuthErrors(schemas.OAuthError),
  }
}

/** The lines to start with: sign in, ask who is signed in, and get an access token. */
function toStart(curls: string[]): string {
  const find = (path: string) => curls.find((curl) => curl.includes(path)) ?? ''
  const signIn = `SESSION=$(${find('/auth/login')} \\\n  | grep -o 's_[A-Za-z0-9_-]\\{64\\}')`
  return [signIn, find('/auth/me'), find('/auth/token')].join('\n\n')
}

function listProblems({ components }: Document) {
  const examples = Object.entries(components?.examples ?? {}) as [
    string,
    { value: { status: number; detail: string } },
  ][]
  return examples.map(([code, { value }]) => ({ code, status: value.status, detail: value.detail }))
}

function listOAuthErrors({ properties }: Schema = {}) {
  const { 'x-enumDescriptions': meanings = {} } = (properties?.error ?? {}) as Record<string, object>
  return Object.entries(meanings as Record<string, string>).map(([code, text]) => ({ code, text }))
}

function toId(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}
