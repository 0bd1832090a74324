import type { oas31 } from 'zod-openapi'
import { type Content, type Document, type ListedOperation, type Schema, toExample } from './schemas.ts'

/** What one has from an answer before: it stands in the line as a variable of the shell. */
const VARIABLES: Record<string, RegExp> = {
  SESSION_ID: /ses_[\w-]{43}/g,
  SESSION: /s_(example-){8}/g,
  REFRESH_TOKEN: /r_(example-){8}/g,
  ACCESS_TOKEN: /eyJ[\w.-]+/g,
  TOKEN: /the-token-of-the-mailed-link/g,
}
const PROOFS = {
  session: '-H "authorization: Bearer $SESSION"',
  access_token: '-H "authorization: Bearer $ACCESS_TOKEN"',
  client_secret_basic: '-u "$CLIENT_ID:$CLIENT_SECRET"',
}

/** A line that can be pasted into a shell, with the first example of the body. */
export function toCurl(document: Document, { method, path, operation }: ListedOperation): string {
  const { servers: [server] = [] } = document
  const address = inShell(`${server?.url}${fillIn(document, path, operation)}`)
  const body = toBody(operation)
  const isUsualMethod = method === (body.length > 0 ? 'POST' : 'GET')
  const proof = operation.security?.flatMap((each) => Object.keys(each))[0] as keyof typeof PROOFS | undefined
  return [
    `curl -s ${isUsualMethod ? '' : `-X ${method} `}${address}`,
    ...(proof ? [PROOFS[proof]] : []),
    ...body,
  ].join(' \\\n  ')
}

function fillIn(document: Document, path: string, { parameters = [] }: oas31.OperationObject): string {
  return path.replace(/\{(\w+)\}/g, (_, wanted) => {
    const parameter = (parameters as oas31.ParameterObject[]).find(({ name }) => name === wanted)
    return String(toExample(document, (parameter?.schema ?? {}) as Schema))
  })
}

function toBody({ requestBody }: oas31.OperationObject): string[] {
  const contents = (requestBody as { content: Record<string, Content> } | undefined)?.content ?? {}
  const [[type, { examples = {} }] = ['', {} as Content]] = Object.entries(contents)
  const [example] = Object.values(examples)
  if (!example) return []
  if (type === 'application/json')
    return [`-H 'content-type: application/json'`, `-d ${inShell(JSON.stringify(example.value))}`]
  const fields = Object.entries(example.value as Record<string, string>)
  return fields.map(([name, value]) => `-d ${inShell(`${name}=${encodeURIComponent(value)}`)}`)
}

/** Quoted where it must be, with variables where it has what only the reader can know. */
function inShell(text: string): string {
  const isBare = /^[\w:/.=@-]+$/.test(text)
  let quoted = text.replaceAll(`'`, `'\\''`)
  for (const [name, value] of Object.entries(VARIABLES)) quoted = quoted.replace(value, `'"$${name}"'`)
  return isBare && quoted === text ? text : `'${quoted}'`.replace(/^''|''$/g, '')
}
