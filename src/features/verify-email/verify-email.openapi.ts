import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { confirmBody, resendForm } from './verify-email.form.ts'

const byTheLink = { token: EXAMPLE_LINK_TOKEN, password: 'sunset marble violin' }

export const verifyEmailOperations: Operations = {
  'POST /auth/verify-email': {
    summary: 'Confirm an address and sign in',
    description:
      'By the link: `token` is what it ends with, `password` the one chosen at registration. By the code: `email` and the 6 digits of the newest mail, from a client that kept the `registration` cookie of `POST /auth/register`: a code can be guessed, so it counts only there, five times. Either works once, for three days.',
    callers: 'anyone',
    body: { as: 'json', schema: confirmBody, examples: { 'by the link': byTheLink } },
    answers: {
      200: {
        description: 'Confirmed and signed in. Keep the secret in `session.id`.',
        schema: signInAnswer.extend({ status: z.literal('verified') }),
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
    problems: ['forbidden', 'too_many_attempts', 'temporarily_unavailable'],
  },
}
