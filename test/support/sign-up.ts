import type { Portal } from './portal.ts'
import { openStranger } from './strangers.ts'
import type { Visitor } from './visitor.ts'

export const eve = { email: 'eve@example.com', password: 'copper lantern orbit' }

/** Signs up and answers with the token that was mailed. */
export async function signUp(
  portal: Portal,
  visitor: Visitor,
  { username, ...form }: Record<string, string> & { email: string } = eve,
): Promise<string> {
  await (username ? visitor.post('/auth/register', { ...form, username }) : visitor.submit('/register', form))
  return mailedToken(portal, form.email)
}

export async function mailedToken(portal: Portal, email = eve.email): Promise<string> {
  const link = await portal.linkMailedTo(email)
  return new URL(link, portal.baseUrl).searchParams.get('token') ?? ''
}

export async function isVerified({ database }: Portal, email = eve.email): Promise<boolean> {
  return (await database.user.findUniqueOrThrow({ where: { email } })).emailVerifiedAt !== null
}

export async function canSignIn(portal: Portal, { email, password } = eve): Promise<boolean> {
  return (await openStranger(portal).submit('/login', { login: email, password })).status === 303
}
