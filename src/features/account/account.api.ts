import { Router } from 'express'
import { membersOnly, readMember } from '../../http/guards.ts'
import { toMemberAnswer } from '../../http/session-answer.ts'

export function createAccountApi() {
  const router = Router()

  router.get('/auth/me', membersOnly, (req, res) => {
    res.set('cache-control', 'no-store').json(toMemberAnswer(readMember(req)))
  })

  return router
}
