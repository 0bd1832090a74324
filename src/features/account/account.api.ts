import type { RequestHandler } from 'express'
import { membersOnly, readMember, withScope } from '../../http/guards.ts'
import { toMemberAnswer } from '../../http/session-answer.ts'

/** GET /auth/me: who holds this session. */
export const sessionCheck: RequestHandler[] = [
  membersOnly,
  withScope('account:read'),
  (req, res) => {
    // Not res.json: it would also work out what an answer that is never stored does not need.
    res.setHeader('content-type', 'application/json; charset=utf-8')
    res.end(JSON.stringify(toMemberAnswer(readMember(req))))
  },
]
