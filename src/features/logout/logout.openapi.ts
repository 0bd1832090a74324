import type { Operations } from '../../http/operation.ts'

export const logoutOperations: Operations = {
  'POST /auth/logout': {
    summary: 'Sign out',
    description:
      'Ends the session that asks. When the server cannot confirm that at once, it says so with 503 and keeps trying; the session is not accepted any more.',
    callers: 'leavers',
    answers: { 204: { description: 'The session has ended, everywhere and for good.' } },
  },
  'POST /auth/logout-all': {
    summary: 'Sign out everywhere',
    description: 'Ends every session of the person who asks, on every device.',
    callers: 'signedIn',
    answers: { 204: { description: 'Every session has ended.' } },
  },
}
