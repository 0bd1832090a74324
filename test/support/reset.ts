import type { Portal } from './portal.ts'
import { openStranger } from './strangers.ts'
import type { Visitor } from './visitor.ts'

export const newPassword = 'granite teapot harbour'

/** Asks for a link and answers with the token that was mailed. */
export async function forget(portal: Portal, email: string): Promise<string> {
  await openStranger(portal).submit('/forgot-password', { email })
  return resetToken(portal, email)
}

export async function resetToken(portal: Portal, email: string): Promise<string> {
  const [path, query] = (await portal.linkMailedTo(email)).split('?')
  if (path !== '/reset-password') throw new Error(`the newest email to ${email} leads to ${path}`)
  return new URLSearchParams(query).get('token') ?? ''
}

export function reset(visitor: Visitor, token: string, password: string = newPassword) {
  return visitor.submit('/reset-password', { token, password })
}

export async function canSignIn(portal: Portal, login: string, password: string): Promise<boolean> {
  return (await openStranger(portal).submit('/login', { login, password })).status === 303
}
