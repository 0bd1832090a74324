import type { oas31 } from 'zod-openapi'
import {
  EXAMPLE_ACCESS_TOKEN,
  EXAMPLE_FAMILY_ID,
  EXAMPLE_LINK_TOKEN,
  EXAMPLE_REFRESH_TOKEN,
  EXAMPLE_SESSION,
  EXAMPLE_SESSION_ID,
  EXAMPLE_USER_ID,
} from '../../domain/examples.ts'
import { type Content, type Document, type ListedOperation, type Schema, toExample } from './schemas.ts'

export type Sample = { label: string; source: string }

/** Values from an earlier answer, written in the line as a shell variable. */
const VARIABLES: Record<string, string> = {
  SESSION_ID: EXAMPLE_SESSION_ID,
  SESSION: EXAMPLE_SESSION,
  REFRESH_TOKEN: EXAMPLE_REFRESH_TOKEN,
  ACCESS_TOKEN: EXAMPLE_ACCESS_TOKEN,
  TOKEN: EXAMPLE_LINK_TOKEN,
  USER_ID: EXAMPLE_USER_ID,
  FAMILY_ID: EXAMPLE_FAMILY_ID,
}
const PROOFS = {
  session: '-H "authorization: Bearer $SESSION"',
  access_token: '-H "authorization: Bearer $ACCESS_TOKEN"',
  client_secret_basic: '-u "$CLIENT_ID:$CLIENT_SECRET"',
}

/** Lines that can be pasted into a shell: one for each example of the body, and one without where it may be left out. */
export function toSamples(document: Document, listed: ListedOperation): Sample[] {
  const { required = true, content = {} } = (listed.operation.requestBody ?? {}) as {
    required?: boolean
    content?: Record<string, Content>
  }
  const bodies = Object.entries(content).flatMap(([type, { examples = {} }]) =>
    Object.entries(examples).map(([label, { value }]) => ({ label, words: toBody(type, value) })),
  )
  const bare = bodies.length === 0 || !required ? [{ label: 'Without a body', words: [] }] : []
  return [...bare, ...bodies].map(({ label, words }) => ({ label, source: toCurl(document, listed, words) }))
}

function toCurl(document: Document, { method, path, operation }: ListedOperation, body: string[]): string {
  const { servers: [server] = [] } = document
  const address = inShell(`${server?.url}${fillIn(document, path, operation)}`)
  const isUsualMethod = method === (body.length > 0 ? 'POST' : 'GET')
  const proof = findProof(operation, body)
  return [
    `curl -s ${isUsualMethod ? '' : `-X ${method} `}${address}`,
    ...(proof ? [PROOFS[proof]] : []),
    ...body,
  ].join(' \\\n  ')
}

/** None where the body is proof enough. */
function findProof({ security = [] }: oas31.OperationObject, body: string[]) {
  const isInBody = body.length > 0 && security.some((each) => Object.keys(each).length === 0)
  return isInBody ? undefined : (Object.keys(security[0] ?? {})[0] as keyof typeof PROOFS | undefined)
}

function fillIn(document: Document, path: string, { parameters = [] }: oas31.OperationObject): string {
  return path.replace(/\{(\w+)\}/g, (_, wanted) => {
    const parameter = (parameters as oas31.ParameterObject[]).find(({ name }) => name === wanted)
    return String(toExample(document, (parameter?.schema ?? {}) as Schema))
  })
}

function toBody(type: string, value: unknown): string[] {
  if (type === 'application/json')
    return [`-H 'content-type: application/json'`, `-d ${inShell(JSON.stringify(value))}`]
  const fields = Object.entries(value as Record<string, string>)
  return fields.map(([name, text]) => `-d ${inShell(`${name}=${encode(text)}`)}`)
}

/** A colon needs no escaping, and reads better without. */
const encode = (text: string) => encodeURIComponent(text).replaceAll('%3A', ':')

/** Quoted where necessary, with variables for what only the reader knows. */
function inShell(text: string): string {
  const isHarmless = !/["$`\\!]/.test(text)
  if (isHarmless) {
    const filled = fillVariables(text, (name) => `$${name}`)
    return filled === text && /^[\w:/.=@%-]+$/.test(text) ? text : `"${filled}"`
  }
  const quoted = fillVariables(text.replaceAll(`'`, `'\\''`), (name) => `'"$${name}"'`)
  return `'${quoted}'`.replace(/^''|''$/g, '')
}

function fillVariables(text: string, write: (name: string) => string): string {
  return Object.entries(VARIABLES).reduce(
    (written, [name, value]) => written.replaceAll(value, () => write(name)),
    text,
  )
}
