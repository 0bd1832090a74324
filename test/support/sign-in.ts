import { ada } from './people.ts'
import type { Portal } from './portal.ts'
import { openStranger } from './strangers.ts'
import type { Answer, Visitor } from './visitor.ts'

/** With the form, in this browser. */
export function signIn(visitor: Visitor, login: string, password: string = ada.password) {
  return visitor.submit('/login', { login, password })
}

/** By the API, from an address where nobody was before. */
export function guess(portal: Portal, login: string, password = 'not this one') {
  return openStranger(portal).post('/auth/login', { login, password })
}

/** A form that was sent without a session: whoever signs in goes on with what they typed. */
export function isAskedToSignIn({ status, text }: Answer): boolean {
  return status === 401 && /<form method="post" action="\/login"/.test(text)
}
