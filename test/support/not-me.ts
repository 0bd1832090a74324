import { ada } from './people.ts'
import type { Portal } from './portal.ts'
import { signIn } from './sign-in.ts'
import { openStranger } from './strangers.ts'
import type { Visitor } from './visitor.ts'

const LINK = /\/not-me\?token=([\w-]{43})\n/

/** The notices to an address, newest first. */
export async function listNotices(portal: Portal, email: string = ada.email) {
  return (await portal.mails()).filter(({ to, text }) => to === email && LINK.test(text))
}

/** From the newest notice to an address. */
export async function notMeToken(portal: Portal, email: string = ada.email): Promise<string> {
  const [notice] = await listNotices(portal, email)
  const token = LINK.exec(notice?.text ?? '')?.[1]
  if (!token) throw new Error(`no notice went to ${email}`)
  return token
}

/** The owner signs in where they always do, then somebody who knows their password does. */
export async function letThiefIn(portal: Portal) {
  const owner = openStranger(portal)
  await signIn(owner, ada.email)
  const thief = openStranger(portal)
  await signIn(thief, ada.email)
  return { owner, thief, token: await notMeToken(portal) }
}

export function disown(visitor: Visitor, token: string) {
  return visitor.submit('/not-me', { token })
}
