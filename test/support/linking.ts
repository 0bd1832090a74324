import assert from 'node:assert/strict'
import { openPortalWithGoogle } from './google/portal-with-google.ts'
import { grace, type Person } from './people.ts'
import type { Portal } from './portal.ts'
import { signIn } from './sign-in.ts'
import { behindProxy } from './strangers.ts'
import type { Visitor } from './visitor.ts'

export type Both = Awaited<ReturnType<typeof openPortalWithGoogle>>

/** Somebody whose address Google would not speak for. */
export const rosa = {
  email: 'rosa@home.example',
  password: 'sunset marble violin',
  displayName: 'Rosa',
} satisfies Person

/** Members whose addresses personas of Google have. */
export const gmailAda = {
  email: 'ada.lovelace@gmail.com',
  password: rosa.password,
  username: 'ada',
  displayName: 'Ada',
} satisfies Person
export const outsideSam = {
  email: 'sam@outside.example',
  password: rosa.password,
  displayName: 'Sam',
} satisfies Person

/** Rosa, just signed in with her password. */
export async function openMember(options: Parameters<typeof openPortalWithGoogle>[0] = {}) {
  const both = await openPortalWithGoogle({ people: [rosa, grace], settings: behindProxy, ...options })
  const { visitor, client } = both.portal
  await signIn(visitor, rosa.email)
  return { ...both, visitor, client }
}

/** Presses "Link" or "Reconnect"; where the browser is sent to. */
export async function leaveToLink(visitor: Visitor): Promise<string> {
  const answer = await visitor.submit('/auth/oauth/google/link')
  const [, url] = /^0; url=(.+)$/.exec(answer.headers.refresh ?? '') ?? []
  assert.ok(url, `no way to Google: ${answer.status} ${answer.text}`)
  return url
}

/** All the way there and back. */
export async function linkGoogle({ google, comeBack }: Both, visitor: Visitor, persona = 'ada') {
  return comeBack(visitor, await google.signInAs(await leaveToLink(visitor), persona))
}

/** In this browser, with nothing but Google. */
export async function enterWithGoogle({ leave, comeBack, google }: Both, visitor: Visitor, persona = 'ada') {
  return comeBack(visitor, await google.signInAs(await leave(visitor), persona))
}

/** Whose account each Google account opens, by email. */
export async function readLinks({ database }: Portal): Promise<Record<string, string>> {
  const links = await database.identity.findMany({ include: { user: true } })
  return Object.fromEntries(links.map(({ email, user }) => [email, user.email]))
}

/** Null for whoever is not signed in. */
export async function readAccount(visitor: Visitor): Promise<string | null> {
  const { status, text } = await visitor.visit('/account')
  return status === 200 ? text : null
}
