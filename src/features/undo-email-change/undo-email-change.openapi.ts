import { z } from 'zod'
import { EXAMPLE_LINK_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { undoForm } from './undo-email-change.form.ts'

export const undoEmailChangeOperations: Operations = {
  'POST /auth/undo-email-change': {
    summary: 'Undo a change of email',
    description:
      'Send the `token` at the end of the link that we emailed to the old address; it works once, for 72 hours, without signing in. A change that is waiting is cancelled. One that has happened is undone: the old address counts again, and every session and token of the account ends.',
    callers: 'anyone',
    body: { as: 'json', schema: undoForm, examples: { 'by the link': { token: EXAMPLE_LINK_TOKEN } } },
    answers: {
      200: {
        description: 'What came of it. `unchanged`: there was nothing to undo.',
        schema: z.object({
          status: z.enum(['restored', 'cancelled', 'unchanged']),
          email: z.string().meta({ description: 'The email of the account.', example: 'ada@example.com' }),
        }),
      },
    },
    problems: ['link_expired', 'email_taken', 'too_many_attempts', 'temporarily_unavailable'],
  },
}
