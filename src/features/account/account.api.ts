import type { RequestHandler } from 'express'
import { membersOnly, readMember } from '../../http/guards.ts'
import { toMemberAnswer } from '../../http/session-answer.ts'

/** GET /auth/me: who holds this session. */
export const sessionCheck: RequestHandler[] = [
  membersOnly,
  (req, res) => {
    res.json(toMemberAnswer(readMember(req)))
  },
]
