import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi'
import type { Chapter } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { addExamples } from './examples.ts'
import { anyOAuthError } from './oauth-errors.openapi.ts'
import { toOperation } from './operation.openapi.ts'
import { problemExamples, problemResponses } from './problems.openapi.ts'
import type { Document } from './schemas.ts'
import { simplify } from './simplify.ts'

type Portal = {
  portalName: string
  baseUrl: string
  brand: { termsUrl: string | null; supportEmail: string | null }
}

const DESCRIPTION = `JSON in snake_case, UTF-8. Times are ISO 8601 in UTC. Every path that starts with \`/auth\` or \`/users\` also works with the prefix \`/api/v1\`.

Send \`Authorization: Bearer …\` with the session’s secret or an access token. Browsers can send the cookie instead. It counts only on requests from the portal’s own pages, and is ignored when there is an \`Authorization\` header.

Errors are \`application/problem+json\` (RFC 9457) with a \`code\` from a closed list. The token endpoints use OAuth’s format instead (RFC 6749 §5.2): \`error\` and \`error_description\`.`

/** One OpenAPI 3.1 document, made from the same schemas that read the requests. */
export function createOpenApiDocument(chapters: Chapter[], portal: Portal): Document {
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: toInfo(portal),
      servers: [{ url: portal.baseUrl }],
      tags: chapters.map(({ title, text }) => ({ name: title, description: text })),
      paths: toPaths(chapters),
      components: {
        schemas: { Problem: problem },
        responses: { ...problemResponses, problem: anyProblem, oauth_error: anyOAuthError },
        examples: problemExamples,
        securitySchemes,
      },
    },
    { override: simplify },
  )
  return addExamples(document as Document)
}

function toInfo({ portalName, brand: { termsUrl, supportEmail } }: Portal) {
  return {
    title: `${portalName} API`,
    version: '1',
    description: DESCRIPTION,
    ...(termsUrl && { termsOfService: termsUrl }),
    ...(supportEmail && { contact: { email: supportEmail } }),
  }
}

const securitySchemes = {
  session: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 's_…',
    description: 'The secret of a session, returned when you sign in. It allows everything its owner can do.',
  },
  access_token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token from `POST /auth/token` (RFC 9068). It allows what its scope names.',
  },
  client_secret_basic: {
    type: 'http',
    scheme: 'basic',
    description: 'The id and secret of a registered client (RFC 6749 §2.3.1).',
  },
} as const

const anyProblem: ZodOpenApiResponseObject = {
  description: 'Any other error.',
  content: { 'application/problem+json': { schema: problem } },
}

function toPaths(chapters: Chapter[]) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const { title, operations } of chapters) {
    for (const [key, operation] of Object.entries(operations)) {
      const [method = '', path = ''] = key.split(' ')
      const operationId = toOperationId(method, path)
      paths[path] = {
        ...paths[path],
        [method.toLowerCase()]: toOperation(operation, { title, operationId, method }),
      }
    }
  }
  return paths
}

/** `POST /auth/verify-email` → `postAuthVerifyEmail`. */
function toOperationId(method: string, path: string): string {
  const words = path.split(/[^a-z0-9]+/i).filter(Boolean)
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}
