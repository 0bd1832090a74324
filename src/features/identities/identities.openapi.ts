import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'
import { publicProvider } from './identity-answer.ts'

export const identitiesOperations: Operations = {
  'GET /auth/identities': {
    summary: 'List my linked accounts',
    description:
      'Every provider that people can sign in with here, and the account of yours that is linked. Linking needs a browser: open `link_url` there.',
    callers: 'members',
    scope: 'account:read',
    answers: {
      200: {
        description: 'All providers, linked or not.',
        schema: z.object({ providers: z.array(publicProvider) }),
      },
    },
  },
  'DELETE /auth/identities/{provider}': {
    summary: 'Unlink an account',
    description:
      'You can’t sign in with it any more. Your other sessions that started with it end, with their tokens. The session that makes the request stays. You must have proved who you are within the last five minutes. Your only way to sign in can’t be unlinked: set a password first.',
    callers: 'members',
    isFresh: true,
    scope: 'account:write',
    path: z.object({ provider: publicProvider.shape.provider }),
    answers: { 204: { description: 'Unlinked.' } },
    problems: ['last_sign_in_method', 'too_many_attempts'],
  },
}
