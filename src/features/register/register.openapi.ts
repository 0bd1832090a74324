import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { registerBody } from './register.form.ts'

export const registerOperations: Operations = {
  'POST /auth/register': {
    summary: 'Create an account',
    description:
      'Sends a mail with a link and a code that confirm the address. A known address gets the same answer as a new one; only its owner hears of it, by mail. `display_name` may also be called `full_name` or `name`.',
    callers: 'anyone',
    body: { as: 'json', schema: registerBody },
    answers: {
      201: {
        description:
          'Where registration is open: signed in at once, powerless until the address is confirmed, unless the portal was started with `EMAIL_VERIFICATION=optional`.',
        schema: signInAnswer,
      },
      202: {
        description: 'The mail is on its way, whether or not the address was known.',
        schema: z.object({ status: z.literal('verification_sent') }),
      },
    },
    problems: ['email_taken', 'forbidden', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
}
