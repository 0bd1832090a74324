import { EXAMPLE_REFRESH_TOKEN } from '../../domain/examples.ts'
import type { Operations } from '../../http/operation.ts'
import { logoutBody } from './logout.form.ts'

export const logoutOperations: Operations = {
  'POST /auth/logout': {
    summary: 'Sign out',
    description:
      'Without a body, ends the session that makes the request, and all its tokens. If the server cannot confirm that at once, it answers 503 and keeps trying; the session is no longer accepted. With a refresh token, ends that token and all other refresh tokens from the same exchange; the session stays, and an access token that was already issued is accepted here until it expires, minutes later. A registered client with a secret authenticates as it does at `/auth/revoke`.',
    callers: 'leavers',
    scope: 'account:write',
    body: {
      as: 'json',
      isOptional: true,
      schema: logoutBody,
      examples: { 'With a refresh token': { refresh_token: EXAMPLE_REFRESH_TOKEN } },
    },
    answers: { 204: { description: 'Ended for good.' } },
    problems: ['authentication_failed'],
  },
  'POST /auth/logout-all': {
    summary: 'Sign out everywhere',
    description:
      'Ends all your sessions, on every device, and all their tokens. You must have proved who you are within the last five minutes.',
    callers: 'signedIn',
    isFresh: true,
    scope: 'account:write',
    answers: { 204: { description: 'All sessions and tokens have ended.' } },
  },
}
