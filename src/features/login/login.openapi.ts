import type { Operations } from '../../http/operation.ts'
import { signInAnswer } from '../../http/session-answer.ts'
import { loginBody } from './login.form.ts'

export const loginOperations: Operations = {
  'POST /auth/login': {
    summary: 'Sign in with a password',
    description:
      'Starts a session. An unknown name, a wrong password and an account that cannot sign in all get the same answer, in the same time. After 100 wrong passwords in a row a password alone opens nothing for programs, and for browsers that have never signed in to the account, until its owner chooses a new one with an emailed link. A session in `Authorization` ends and the new one takes its place; a session that an access token came from goes on.',
    callers: 'anyone',
    body: { as: 'json', schema: loginBody },
    answers: {
      200: { description: 'Signed in. Keep `session.id`: it is the session’s secret.', schema: signInAnswer },
    },
    problems: ['authentication_failed', 'too_many_attempts', 'overloaded', 'temporarily_unavailable'],
  },
}
