import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { resetBody } from './reset-password.form.ts'

const byTheLink = { token: EXAMPLE_LINK_TOKEN, password: 'sunset marble violin' }

export const resetPasswordOperations: Operations = {
  'POST /auth/reset-password': {
    summary: 'Choose a new password with the emailed link',
    description:
      'Send the `token` at the end of the link, and the new `password` (or `new_password`). Every session and token of the account ends, and its owner gets an email. It doesn’t sign in: call `POST /auth/login` next. A password that is refused leaves the link as it was. If nobody had confirmed the email before, this confirms it, and the account starts afresh: its names and other ways to sign in are removed.',
    callers: 'anyone',
    body: { as: 'json', schema: resetBody, examples: { 'by the link': byTheLink } },
    answers: {
      200: {
        description: 'The password is changed. Sign in with it.',
        schema: z.object({ status: z.literal('password_reset') }),
      },
    },
    problems: ['link_expired', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
}
