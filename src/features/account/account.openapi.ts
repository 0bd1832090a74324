import type { Operations } from '../../http/operation.ts'
import { memberAnswer } from '../../http/session-answer.ts'

export const sessionCheckOperations: Operations = {
  'GET /auth/me': {
    summary: 'Ask who is signed in',
    description: 'Tells whose session this is, and how long it lasts. Made to be asked often.',
    callers: 'members',
    scope: 'account:read',
    answers: { 200: { description: 'The session is good.', schema: memberAnswer } },
  },
}
