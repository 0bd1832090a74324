import type {
  ZodOpenApiOperationObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi'
import type { ErrorCode } from '../../errors.ts'
import { type Answer, type Body, callers, type Operation, UNREADABLE_BODY } from '../../http/operation.ts'
import { toOAuthResponses } from './oauth-errors.openapi.ts'
import { toProblemResponses } from './problems.openapi.ts'

const MEDIA_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' }

/** One operation in OpenAPI's terms, with everything that its callers and its body imply. */
export function toOperation(
  operation: Operation,
  { title, operationId, method }: { title: string; operationId: string; method: string },
): ZodOpenApiOperationObject {
  const { summary, description, path, query, body, answers } = operation
  const who = callers[operation.callers]
  return {
    operationId,
    tags: [title],
    summary,
    description,
    'x-callers': who.words,
    security: who.security.map((each) =>
      'access_token' in each && operation.scope ? { access_token: [operation.scope] } : each,
    ),
    ...((path || query) && { requestParams: { ...(path && { path }), ...(query && { query }) } }),
    ...(body && { requestBody: toRequestBody(body) }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, toResponse(answer)])),
      ...toFailures(operation, listProblems(operation, method)),
    },
  }
}

function toFailures({ refusals }: Operation, problems: ErrorCode[]): ZodOpenApiResponsesObject {
  if (problems.length === 0) return {}
  return refusals ? toOAuthResponses(refusals, problems) : toProblemResponses(problems)
}

function listProblems(operation: Operation, method: string): ErrorCode[] {
  const { callers: who, scope, isFresh, path, query, body, refusals, problems = [] } = operation
  const isChecked = !refusals && (body || query)
  return [
    ...(body ? UNREADABLE_BODY : []),
    ...(isChecked ? (['validation_failed'] as const) : []),
    ...callers[who].problems,
    ...(scope ? (['forbidden'] as const) : []),
    ...(isFresh ? (['reauthentication_required'] as const) : []),
    ...(method === 'GET' ? [] : (['cross_site_request'] as const)),
    ...(path ? (['not_found'] as const) : []),
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
