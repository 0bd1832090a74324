import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { notMeForm } from './not-me.form.ts'

export const notMeOperations: Operations = {
  'POST /auth/not-me': {
    summary: 'Say “This wasn’t me”',
    description:
      'Send the `token` at the end of the link in a security notice. Every session and token of the account ends, its password is removed, and so are Google accounts that were linked within a day or have another email. Its other emailed links stop working. The owner chooses a new password with a link that we email. The token works once, for 7 days.',
    callers: 'anyone',
    body: { as: 'json', schema: notMeForm, examples: { 'by the link': { token: EXAMPLE_LINK_TOKEN } } },
    answers: {
      200: {
        description: 'Everyone is signed out.',
        schema: z.object({
          status: z.literal('secured'),
          reset_sent: z.boolean().meta({
            description:
              'Whether a link to choose a new password was emailed. False for a deactivated account, and where the account now has another email.',
            example: true,
          }),
        }),
      },
    },
    problems: ['link_expired', 'too_many_attempts', 'temporarily_unavailable'],
  },
}
