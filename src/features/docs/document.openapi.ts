import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi'
import type { Chapter } from '../../http/operation.ts'
import { problem } from '../../http/problem.ts'
import { addExamples } from './examples.ts'
import { anyOAuthError } from './oauth-errors.openapi.ts'
import { toOperation } from './operation.openapi.ts'
import { problemExamples, problemResponses } from './problems.openapi.ts'
import type { Document } from './schemas.ts'
import { simplify } from './simplify.ts'

type Portal = { portalName: string; baseUrl: string }

const DESCRIPTION = `JSON in snake_case, UTF-8. Times are ISO 8601 in UTC. Every address that begins with \`/auth\` or \`/users\` is also at \`/api/v1/…\`.

Whoever signed in sends \`Authorization: Bearer …\` with the session’s secret or an access token. Browsers may send the cookie instead; it counts on requests of the portal’s own pages only, and never beside an \`Authorization\` header.

Failures are \`application/problem+json\` (RFC 9457) with a \`code\` from a closed list. Where tokens are given and taken back, they are what OAuth says (RFC 6749 §5.2): \`error\` and \`error_description\`.`

/** One OpenAPI 3.1 document, made of the very schemas that read the requests. */
export function createOpenApiDocument(chapters: Chapter[], portal: Portal): Document {
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: { title: `${portal.portalName} API`, version: '1', description: DESCRIPTION },
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

const securitySchemes = {
  session: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 's_…',
    description:
      'The secret of a session, as signing in gives it. It may be used for everything its owner may do.',
  },
  access_token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'An access token that a session was exchanged for (RFC 9068). It may be used for what its scope names.',
  },
  client_secret_basic: {
    type: 'http',
    scheme: 'basic',
    description: 'The id and the secret of a registered client (RFC 6749 §2.3.1).',
  },
} as const

const anyProblem: ZodOpenApiResponseObject = {
  description: 'Any other problem.',
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
