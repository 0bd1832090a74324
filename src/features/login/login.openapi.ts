import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { loginBody } from './login.form.ts'

export const loginOperations: Operations = {
  'POST /auth/login': {
    summary: 'Sign in with a password',
    description:
      'Starts a session. An unknown name, a wrong password and an account that cannot sign in all get the same answer, in the same time. A session in `Authorization` ends and the new one takes its place; a session that an access token came from goes on.',
    callers: 'anyone',
    body: { as: 'json', schema: loginBody },
    answers: {
      200: { description: 'Signed in. Keep `session.id`: it is the session’s secret.', schema: signInAnswer },
    },
    problems: ['authentication_failed', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
}
