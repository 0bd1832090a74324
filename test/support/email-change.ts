import { ada } from './people.ts'
import { openPortal, type Portal } from './portal.ts'
import { signIn } from './sign-in.ts'
import type { OpenStore } from './stores.ts'
import { behindProxy, openStranger } from './strangers.ts'
import type { Visitor } from './visitor.ts'

export const newEmail = 'ada.king@example.com'

/** Somebody signed in from an address of their own. */
export async function openMember(
  portal: Portal,
  { email, password }: { email: string; password: string } = ada,
): Promise<Visitor> {
  const visitor = openStranger(portal)
  await signIn(visitor, email, password)
  return visitor
}

export function askFor(visitor: Visitor, email = newEmail) {
  return visitor.submit('/account/email', { email })
}

/** By the code in the newest email to the new address. */
export async function confirmByCode(portal: Portal, visitor: Visitor, email = newEmail) {
  return visitor.submit('/account/email/code', { email, code: await portal.codeMailedTo(email) })
}

/** Moves the account for good. */
export async function moveTo(portal: Portal, visitor: Visitor, email = newEmail) {
  await askFor(visitor, email)
  return confirmByCode(portal, visitor, email)
}

/** The token in the newest email to a mailbox that leads to this page. */
export async function tokenMailedTo(portal: Portal, to: string, page: string): Promise<string> {
  const mails = (await portal.mails()).filter((mail) => mail.to === to)
  const links = mails.flatMap(({ text }) => /https?:\/\/\S+/.exec(text)?.[0] ?? [])
  const link = links.map((each) => new URL(each)).find(({ pathname }) => pathname === page)
  const token = link?.searchParams.get('token')
  if (!token) throw new Error(`no email to ${to} leads to ${page}`)
  return token
}

export const undoToken = (portal: Portal, to: string = ada.email) =>
  tokenMailedTo(portal, to, '/undo-email-change')

export function undo(visitor: Visitor, token: string) {
  return visitor.submit('/undo-email-change', { token })
}

/** Each account's address, oldest first. */
export async function listEmails({ database }: Portal): Promise<string[]> {
  const users = await database.user.findMany({ orderBy: { createdAt: 'asc' } })
  return users.map(({ email }) => email)
}

/** Two processes of one portal; Ada is signed in and has asked for another address. */
export async function openAsked(open: () => Promise<OpenStore>) {
  await using opened = new AsyncDisposableStack()
  const store = opened.use(await open())
  const settings = { ...behindProxy, ...store.settings, BASE_URL: 'http://portal.test' }
  const portal = opened.use(await openPortal({ people: [ada], settings }))
  const other = opened.use(await openPortal({ settings }))
  const visitor = await openMember(portal)
  await askFor(visitor)
  const asked = {
    portal,
    other,
    visitor,
    form: { email: newEmail, code: await portal.codeMailedTo(newEmail) },
    token: await tokenMailedTo(portal, newEmail, '/account/email/confirm'),
    undo: await undoToken(portal),
  }
  const kept = opened.move()
  return Object.assign(asked, { [Symbol.asyncDispose]: () => kept.disposeAsync() })
}
