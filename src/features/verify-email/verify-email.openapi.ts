import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { confirmForm, resendForm } from './verify-email.form.ts'

export const verifyEmailOperations: Operations = {
  'POST /auth/verify-email': {
    summary: 'Confirm an address',
    description:
      'Takes the token from the link in the mail, and the password chosen at registration. A token works once, for three days.',
    callers: 'anyone',
    body: { as: 'json', schema: confirmForm },
    answers: {
      200: {
        description: 'Confirmed. Nobody is signed in by this.',
        schema: z.object({ status: z.literal('verified') }),
      },
    },
    problems: ['link_expired', 'forbidden', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
  'POST /auth/resend-verification': {
    summary: 'Ask for a new link',
    description: 'Sends the mail once more, if there is an account that waits for it.',
    callers: 'anyone',
    body: { as: 'json', schema: resendForm },
    answers: {
      202: {
        description: 'The mail is on its way, if there is somebody to send it to.',
        schema: z.object({ status: z.literal('verification_sent') }),
      },
    },
    problems: ['too_many_attempts', 'temporarily_unavailable'],
  },
}
