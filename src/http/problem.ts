import type { Response } from 'express'
import type { ErrorCode, FieldProblem } from '../errors.ts'

type Problem = { status: number; code: ErrorCode; title: string; detail: string; errors: FieldProblem[] }

/** RFC 9457. */
export function sendProblem(res: Response, { status, code, title, detail, errors }: Problem): void {
  const problem = {
    type: `urn:gatehouse:problem:${code}`,
    title,
    status,
    code,
    detail,
    request_id: res.req.id,
    ...(errors.length > 0 && { errors }),
  }
  res
    .status(status)
    .set('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem))
}
