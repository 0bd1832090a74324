import { z } from 'zod'
import { publicSession } from '../../domain/session/session.ts'
import type { Operations } from '../../http/operation.ts'
import { publicTree } from './session-tree.ts'

const sessionPath = z.object({
  id: publicSession.shape.session_id.meta({ description: 'The `session_id`.' }),
})

export const sessionsOperations: Operations = {
  'GET /auth/sessions': {
    summary: 'List my sessions',
    description:
      'All your active sessions, most recently used first. Each lists the clients that hold tokens for it.',
    callers: 'signedIn',
    scope: 'account:read',
    answers: {
      200: { description: 'All active sessions.', schema: z.object({ sessions: z.array(publicTree) }) },
    },
  },
  'DELETE /auth/sessions/{id}': {
    summary: 'End one of my sessions',
    description:
      'Same as signing out there: its tokens end too. Repeating the request changes nothing. Someone else’s session is not found.',
    callers: 'signedIn',
    scope: 'account:write',
    path: sessionPath,
    answers: { 204: { description: 'Ended everywhere, for good.' } },
  },
  'POST /auth/logout-others': {
    summary: 'End my other sessions',
    description:
      'Ends all your sessions and their tokens, except for the session that makes the request. An access token counts as the session it came from. You must have proved who you are within the last five minutes.',
    callers: 'signedIn',
    isFresh: true,
    scope: 'account:write',
    answers: { 204: { description: 'The other sessions have ended.' } },
  },
  'DELETE /auth/sessions/{id}/tokens/{family_id}': {
    summary: 'Revoke a client’s tokens',
    description:
      'Ends the tokens from one exchange. The session stays. Refreshing stops at once, and `/auth/introspect` reports the tokens as inactive. This API accepts an access token that was already issued until it expires, minutes later, or its session ends.',
    callers: 'signedIn',
    scope: 'account:write',
    path: sessionPath.extend({ family_id: publicTree.shape.tokens.element.shape.family_id }),
    answers: { 204: { description: 'The tokens have ended.' } },
  },
}
