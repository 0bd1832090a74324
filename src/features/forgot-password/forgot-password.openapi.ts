import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { forgotBody } from './forgot-password.form.ts'

export const forgotPasswordOperations: Operations = {
  'POST /auth/forgot-password': {
    summary: 'Ask for a new password',
    description:
      'Emails a link to choose a new password. It works once, for an hour, and only the newest one works. The answer is the same, and takes as long, whether or not the address has an account. At most three emails an hour go to one address.',
    callers: 'anyone',
    body: { as: 'json', schema: forgotBody },
    answers: {
      202: {
        description: 'The email is on its way, if the address has an account.',
        schema: z.object({ status: z.literal('reset_sent') }),
      },
    },
    problems: ['forbidden', 'too_many_attempts', 'temporarily_unavailable'],
  },
}
