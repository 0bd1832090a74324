import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { passwordBody } from './password.form.ts'

const example = { current_password: 'sunset marble violin', new_password: 'copper lantern orbit' }

export const passwordOperations: Operations = {
  'POST /auth/change-password': {
    summary: 'Change my password',
    description:
      'Send the password you have as `current_password`, and the new one as `new_password` (or `password`). Every session and token of the account ends; this session goes on under a new secret: keep `session.id` of the answer. A wrong `current_password` counts like a wrong one at sign-in. Members who have no password yet leave it out, and must have signed in within the last five minutes.',
    callers: 'sessions',
    body: { as: 'json', schema: passwordBody, examples: { 'with the current one': example } },
    answers: {
      200: {
        description: 'Changed. `session.id` is the session’s new secret.',
        schema: signInAnswer.extend({ status: z.literal('password_changed') }),
      },
    },
    problems: ['email_unverified', 'reauthentication_required', 'too_many_attempts', 'overloaded'],
  },
}
