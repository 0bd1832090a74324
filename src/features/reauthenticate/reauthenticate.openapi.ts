import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { reauthenticateBody } from './reauthenticate.form.ts'

export const reauthenticateOperations: Operations = {
  'POST /auth/reauthenticate': {
    summary: 'Confirm it’s you',
    description:
      'Proves your password again, for requests that were answered with `reauthentication_required`. For five minutes they are accepted. The session goes on with its tokens, under a new secret: keep `session.id` of the answer, the old one has ended. Guesses count like guesses at sign-in. Whoever has no password confirms on the page `/reauthenticate`, with Google. Access tokens from before must be refreshed, and stay as fresh as they were.',
    callers: 'sessions',
    body: { as: 'json', schema: reauthenticateBody },
    answers: {
      200: { description: 'Confirmed. `session.id` is the session’s new secret.', schema: signInAnswer },
    },
    problems: ['too_many_attempts', 'overloaded'],
  },
}
