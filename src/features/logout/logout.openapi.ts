import { EXAMPLE_REFRESH_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { logoutBody } from './logout.form.ts'

export const logoutOperations: Operations = {
  'POST /auth/logout': {
    summary: 'Sign out',
    description:
      'Without a body it ends the session that asks, with every token that came of it. When the server cannot confirm that at once, it says so with 503 and keeps trying; the session is not accepted any more. With a refresh token it ends that one and all that came of its exchange, and leaves the session alone; a registered client with a secret proves itself as it does at `/auth/revoke`.',
    callers: 'leavers',
    scope: 'account:write',
    body: {
      as: 'json',
      isOptional: true,
      schema: logoutBody,
      examples: { 'With a refresh token': { refresh_token: EXAMPLE_REFRESH_TOKEN } },
    },
    answers: { 204: { description: 'Ended everywhere, for good.' } },
    problems: ['authentication_failed'],
  },
  'POST /auth/logout-all': {
    summary: 'Sign out everywhere',
    description: 'Ends all your sessions, on every device, and all their tokens.',
    callers: 'signedIn',
    scope: 'account:write',
    answers: { 204: { description: 'All sessions and tokens have ended.' } },
  },
}
