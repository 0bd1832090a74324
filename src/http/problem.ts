import type { Response } from 'express'
import { z } from 'zod'
import { END_REASONS } from '../domain/session/session-end.ts'
import { ERROR_CODES } from '../errors.ts'

const fieldProblem = z.object({
  field: z.string().meta({ description: 'Empty when the mistake is not about one field.', example: 'email' }),
  code: z.string().meta({ example: 'invalid' }),
  message: z
    .string()
    .meta({ description: 'A sentence to show.', example: 'Enter one email address, like name@example.com.' }),
})

/** RFC 9457. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'The code as a URN.' }),
    title: z.string().meta({ description: 'What happened, in a few words.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    code: z.enum(ERROR_CODES).meta({ description: 'For programs to decide by. The list is closed.' }),
    detail: z.string().meta({ description: 'What to do now. A sentence to show.' }),
    request_id: z.string().meta({
      description: 'The same as in the log and in `x-request-id`.',
      example: '5f0c3e1a-94d7-4b8e-a2c6-1d7f60b9e835',
    }),
    errors: z
      .array(fieldProblem)
      .optional()
      .meta({ description: 'With `validation_failed`: one entry for each mistake.' }),
    reason: z.enum(END_REASONS).optional().meta({
      description: 'With `session_ended`, for a day: why it ended.',
      example: 'signed-out-remotely',
    }),
    ended_at: z.iso.datetime().optional().meta({ description: 'With `reason`: when it ended.' }),
    ended_by: z
      .string()
      .optional()
      .meta({ description: 'With `reason`: the device that ended it, if the person did.' }),
  })
  .meta({ id: 'Problem', description: 'Why a request failed (RFC 9457).' })
export type Problem = z.output<typeof problem>

export function toProblem({ errors = [], ...rest }: Omit<Problem, 'type'>): Problem {
  const { title, status, code, detail, request_id, reason, ended_at, ended_by } = rest
  const type = `urn:gatehouse:problem:${code}`
  return {
    type,
    title,
    status,
    code,
    detail,
    request_id,
    ...(errors.length > 0 && { errors }),
    ...(reason && { reason, ended_at, ...(ended_by && { ended_by }) }),
  }
}

export function sendProblem(res: Response, given: Omit<Problem, 'type' | 'request_id'>): void {
  const answer = toProblem({ ...given, request_id: res.req.id })
  res
    .status(answer.status)
    .set('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(answer))
}
