import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../../domain/examples.ts'
import { publicUser } from '../../domain/user/user.ts'
import type { Operations } from '../../http/operation.ts'
import { confirmBody, emailForm } from './email.form.ts'

const example = { email: 'ada.king@example.com' }

export const emailOperations: Operations = {
  'POST /auth/change-email': {
    summary: 'Change my email',
    description:
      'Emails a code and a link to the new address. Both work once, for a day; until one of them is used, the old address counts. A second request replaces the first; for the same address, it sends another email, three an hour at most. The answer is the same, and takes as long, whether or not the address has an account. The old address is told at once, and can undo the change for 72 hours. Needs a recent sign-in.',
    callers: 'sessions',
    isFresh: true,
    body: { as: 'json', schema: emailForm, examples: { 'to another address': example } },
    answers: {
      202: {
        description: 'The email is on its way, if the address can be used.',
        schema: z.object({
          status: z.literal('verification_sent'),
          email: z.string().meta({ description: 'As it is stored.', example: example.email }),
        }),
      },
    },
    problems: ['email_unverified', 'reauthentication_required', 'too_many_attempts'],
  },
  'POST /auth/change-email/confirm': {
    summary: 'Confirm my new email',
    description:
      'Send the 6 digits from our newest email as `code`, or the end of the link in it as `token`. From then on you sign in with the new address. A code can be guessed, so only five are looked at for one address. Your sessions go on.',
    callers: 'sessions',
    body: {
      as: 'json',
      schema: confirmBody,
      examples: { 'by the code': { code: '294017' }, 'by the link': { token: EXAMPLE_LINK_TOKEN } },
    },
    answers: {
      200: {
        description: 'The email is changed.',
        schema: z.object({ status: z.literal('email_changed'), user: publicUser }),
      },
    },
    problems: ['email_unverified', 'email_taken', 'link_expired', 'too_many_attempts'],
  },
  'DELETE /auth/change-email': {
    summary: 'Keep my email',
    description: 'Cancels a change that is waiting to be confirmed. Repeating the request changes nothing.',
    callers: 'sessions',
    answers: { 204: { description: 'The email stays.' } },
    problems: ['email_unverified', 'too_many_attempts'],
  },
}
