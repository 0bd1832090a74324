import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi'
import { type Answer, type Body, callers, type Operation, UNREADABLE_BODY } from '../../http/operation.ts'
import { toProblemResponses } from './problems.openapi.ts'

const MEDIA_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' }

/** One operation in OpenAPI's words, with all that its callers and its body bring along. */
export function toOperation(
  operation: Operation,
  { title, operationId, method }: { title: string; operationId: string; method: string },
): ZodOpenApiOperationObject {
  const { summary, description, path, query, body, answers } = operation
  const who = callers[operation.callers]
  const problems = listProblems(operation, method)
  return {
    operationId,
    tags: [title],
    summary,
    description,
    'x-callers': who.words,
    security: who.security.map((each) =>
      'access_token' in each && operation.scope ? { access_token: [operation.scope] } : each,
    ),
    ...((path || query) && { requestParams: { path, query } }),
    ...(body && { requestBody: toRequestBody(body) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, toResponse(answer)])),
      ...toProblemResponses(problems),
      ...(problems.length > 0 && { default: { $ref: '#/components/responses/problem' } }),
    },
  }
}

function listProblems({ callers: who, scope, body, problems = [] }: Operation, method: string) {
  const isRead = method === 'GET'
  const speaksOAuth = body?.as === 'form' || who === 'clients'
  if (speaksOAuth) return problems
  return [
    ...(body ? UNREADABLE_BODY : []),
    ...callers[who].problems,
    ...(scope ? (['forbidden'] as const) : []),
    ...(isRead ? [] : (['cross_site_request'] as const)),
    ...problems,
  ]
}

function toRequestBody({ as, isOptional = false, schema, examples }: Body) {
  return { required: !isOptional, content: { [MEDIA_TYPES[as]]: { schema, ...toExamples(examples) } } }
}

function toResponse({ description, headers, schema, examples }: Answer): ZodOpenApiResponseObject {
  return {
    description,
    ...(headers && { headers }),
    ...(schema && { content: { 'application/json': { schema, ...toExamples(examples) } } }),
  }
}

function toExamples(examples?: Record<string, unknown>) {
  if (!examples) return {}
  const named = Object.entries(examples).map(([name, value]) => [name, { value }])
  return { examples: Object.fromEntries(named) }
}
