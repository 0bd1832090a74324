import type {
  ZodOpenApiExampleObject,
  ZodOpenApiResponseObject,
  ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { ERROR_CODES, type ErrorCode } from '../../errors.ts'
import { problem, toProblem } from '../../http/problem.ts'
import { sentences } from '../../http/sentences.ts'

const REQUEST_ID = '5f0c3e1a-94d7-4b8e-a2c6-1d7f60b9e835'
const FIELD_PROBLEM = {
  field: 'email',
  code: 'invalid',
  message: 'Enter one email address, like name@example.com.',
}
export const HEADERS: Record<number, ZodOpenApiResponseObject['headers']> = {
  401: { 'WWW-Authenticate': { description: 'RFC 6750 §3.', schema: { type: 'string' } } },
  429: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
  503: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } },
}

/** The closed list of codes, each as an answer of its own. */
export const problemResponses = Object.fromEntries(ERROR_CODES.map((code) => [code, toResponse([code])]))

export const problemExamples: Record<ErrorCode, ZodOpenApiExampleObject> = Object.fromEntries(
  ERROR_CODES.map((code) => [code, { summary: sentences[code].title, value: toExample(code) }]),
) as Record<ErrorCode, ZodOpenApiExampleObject>

/** By status; where a status has several codes, all of them are named. */
export function toProblemResponses(codes: ErrorCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(new Set(codes), (code) => sentences[code].status)
  const responses = [...byStatus].map(([status, [code, ...others]]) => [
    status,
    others.length === 0 ? { $ref: `#/components/responses/${code}` } : toResponse(byStatus.get(status) ?? []),
  ])
  return { ...Object.fromEntries(responses), default: { $ref: '#/components/responses/problem' } }
}

function toResponse(codes: ErrorCode[]): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${sentences[code].detail}`).join('\n\n'),
    headers: HEADERS[codes[0] ? sentences[codes[0]].status : 0],
    content: {
      'application/problem+json': {
        schema: problem,
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  }
}

function toExample(code: ErrorCode) {
  const errors = code === 'validation_failed' ? [FIELD_PROBLEM] : []
  return toProblem({ ...sentences[code], code, request_id: REQUEST_ID, errors })
}
