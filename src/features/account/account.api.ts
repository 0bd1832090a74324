import { type RequestHandler, Router } from 'express'
import { membersOnly, readMember, withScope } from '../../http/guards.ts'
import { sendJson } from '../../http/send-json.ts'
import { toMemberAnswer } from '../../http/session-answer.ts'

/** GET /auth/me: who holds this session. */
export const sessionCheck: RequestHandler[] = [
  membersOnly,
  withScope('account:read'),
  (req, res) => {
    sendJson(res, toMemberAnswer(readMember(req)))
  },
]

export function createSessionCheckApi() {
  const router = Router()
  router.get('/auth/me', ...sessionCheck)
  return router
}
