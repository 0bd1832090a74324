import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { registerBody } from './register.form.ts'

export const registerOperations: Operations = {
  'POST /auth/register': {
    summary: 'Create an account',
    description:
      'Sends an email with a link and a code to confirm the address. If the address already has an account, the answer is the same, and its owner gets an email. `display_name` can also be sent as `full_name` or `name`.',
    callers: 'anyone',
    body: { as: 'json', schema: registerBody },
    answers: {
      201: {
        description:
          'With `REGISTRATION=open`: signed in at once. Until the address is confirmed the session can do little, unless `EMAIL_VERIFICATION=optional`.',
        schema: signInAnswer,
      },
      202: {
        description: 'The email is on its way, whether or not the address has an account.',
        schema: z.object({ status: z.literal('verification_sent') }),
      },
    },
    problems: ['email_taken', 'forbidden', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
}
