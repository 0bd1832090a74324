import type { ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from 'zod-openapi'
import type { ErrorCode, OAuthErrorCode } from '../../errors.ts'
import { oauthError, renameProblem, toOAuthExample, toOAuthStatus } from '../../http/oauth-error.ts'
import { sentences } from '../../http/sentences.ts'
import { HEADERS } from './problems.openapi.ts'

/** By status: refusals in OAuth's own words, and those that have another name elsewhere. */
export function toOAuthResponses(
  refusals: OAuthErrorCode[],
  problems: ErrorCode[],
): ZodOpenApiResponsesObject {
  const failures = [
    ...refusals.map((error) => ({ error, status: toOAuthStatus(error) })),
    ...problems.map((code) => ({ error: renameProblem(code), status: sentences[code].status })),
  ]
  const responses = [...Map.groupBy(failures, ({ status }) => status)].map(([status, group]) => [
    status,
    toResponse(status, [...new Set(group.map(({ error }) => error))]),
  ])
  return { ...Object.fromEntries(responses), default: { $ref: '#/components/responses/oauth_error' } }
}

export const anyOAuthError: ZodOpenApiResponseObject = {
  description: 'Any other error.',
  content: { 'application/json': { schema: oauthError, examples: toExamples(['server_error']) } },
}

function toResponse(status: number, errors: OAuthErrorCode[]): ZodOpenApiResponseObject {
  return {
    description: errors
      .map((error) => `\`${error}\`: ${toOAuthExample(error).error_description}`)
      .join('\n\n'),
    headers: HEADERS[status],
    content: { 'application/json': { schema: oauthError, examples: toExamples(errors) } },
  }
}

function toExamples(errors: OAuthErrorCode[]) {
  return Object.fromEntries(errors.map((error) => [error, { value: toOAuthExample(error) }]))
}
