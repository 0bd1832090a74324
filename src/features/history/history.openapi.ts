import type { Operations } from '../../http/operation.ts'
import { historyQuery } from './history.form.ts'
import { historyPage } from './history-page.ts'

export const historyOperations: Operations = {
  'GET /auth/history': {
    summary: 'Read my history',
    description:
      'What happened to your account, newest first: sign-ins, refused sign-ins, changes, tokens, and what administrators did.',
    callers: 'signedIn',
    scope: 'account:read',
    query: historyQuery,
    answers: { 200: { description: 'A page of your history.', schema: historyPage } },
  },
}
