import type { Operations } from '../../http/operation.ts'
import { memberAnswer } from '../../http/session-answer.ts'

export const sessionCheckOperations: Operations = {
  'GET /auth/me': {
    summary: 'Check who is signed in',
    description: 'Returns the session and its user. Fast enough to call on every request.',
    callers: 'members',
    scope: 'account:read',
    answers: { 200: { description: 'The session is valid.', schema: memberAnswer } },
  },
}
