import { z } from 'zod'
import { publicSession } from '../../domain/session/session.ts'
import type { Operations } from '../../http/operation.ts'
import { publicTree } from './session-tree.ts'

const sessionPath = z.object({
  id: publicSession.shape.session_id.meta({ description: 'Its `session_id`.' }),
})

export const sessionsOperations: Operations = {
  'GET /auth/sessions': {
    summary: 'List where I am signed in',
    description:
      'Every live session of the person who asks, the one used last first; under each, who got tokens for it.',
    callers: 'signedIn',
    scope: 'account:read',
    answers: { 200: { description: 'All of them.', schema: z.object({ sessions: z.array(publicTree) }) } },
  },
  'DELETE /auth/sessions/{id}': {
    summary: 'End a session of mine',
    description:
      'As signing out there would: its tokens end with it. Once more changes nothing. The session of somebody else is not found.',
    callers: 'signedIn',
    scope: 'account:write',
    path: sessionPath,
    answers: { 204: { description: 'It has ended, everywhere and for good.' } },
  },
  'DELETE /auth/sessions/{id}/tokens/{family_id}': {
    summary: 'Take tokens back',
    description:
      'Ends the tokens of one exchange; the session goes on. Refreshing is refused at once, and `/auth/introspect` calls them inactive. Here, an access token that was given before ends by itself in minutes, or with its session.',
    callers: 'signedIn',
    scope: 'account:write',
    path: sessionPath.extend({ family_id: publicTree.shape.tokens.element.shape.family_id }),
    answers: { 204: { description: 'They have ended.' } },
  },
}
