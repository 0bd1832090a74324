import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { confirmBody, resendForm } from './verify-email.form.ts'

const byTheLink = { token: EXAMPLE_LINK_TOKEN, password: 'sunset marble violin' }

export const verifyEmailOperations: Operations = {
  'POST /auth/verify-email': {
    summary: 'Confirm an email and sign in',
    description:
      'With the link: send the `token` at its end, and the `password` chosen at registration. With the code: send `email` and the 6 digits from the newest email, and the `registration` cookie from `POST /auth/register`. A code can be guessed, so it works only with that cookie, and only five times. Both work once, for three days.',
    callers: 'anyone',
    body: { as: 'json', schema: confirmBody, examples: { 'by the link': byTheLink } },
    answers: {
      200: {
        description: 'Confirmed and signed in. Keep `session.id`: it is the session’s secret.',
        schema: signInAnswer.extend({ status: z.literal('verified') }),
      },
    },
    problems: ['link_expired', 'forbidden', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
  'POST /auth/resend-verification': {
    summary: 'Resend the confirmation',
    description: 'Sends the email again, if an account is waiting for it.',
    callers: 'anyone',
    body: { as: 'json', schema: resendForm },
    answers: {
      202: {
        description: 'The email is on its way, if there is an account to confirm.',
        schema: z.object({ status: z.literal('verification_sent') }),
      },
    },
    problems: ['forbidden', 'too_many_attempts', 'temporarily_unavailable'],
  },
}
