import { z } from 'zod'
import { toProviderLabel } from '../../domain/identity/providers.ts'
import { checkboxField } from '../../http/fields.ts'
import type { Flash } from '../../http/flash.ts'
import { resumeFields } from '../../http/resume.ts'
import { HOME, withReturnTo } from '../../http/return-to.ts'
import type { Notice } from './arrival.ts'
import type { Callback, Finish } from './oauth.service.ts'

export const startForm = z.object({ remember: checkboxField, ...resumeFields })
export const proofForm = z.object(resumeFields)

const LONGEST_PARAMETER = 4_096
const parameter = z.string().min(1).max(LONGEST_PARAMETER)
const callbackQuery = z.object({
  state: parameter,
  code: parameter.optional(),
  error: parameter.optional(),
  iss: parameter.optional(),
})

/** An answer has a code or an error, each parameter once (RFC 6749 §4.1.2). Null for anything else. */
export function readCallback(query: unknown): Callback | null {
  const read = callbackQuery.safeParse(query)
  if (!read.success) return null
  const { state, code, error, iss: issuer = null } = read.data
  if (code !== undefined && error === undefined) return { state, issuer, code, error: null }
  if (error !== undefined && code === undefined) return { state, issuer, code: null, error }
  return null
}

/** `isForm`: the button sends one; `back` is the way out for whoever does not want to press it. */
export type Trouble = {
  status: number
  heading: string
  text: string
  action: { href: string; label: string; isForm?: boolean }
  back?: { href: string; label: string }
}

const backToSignIn = { href: '/login', label: 'Back to sign in' }

/** What a person reads when Google sign-in failed. Google's own message is never shown. */
const troubles = {
  'no-attempt': {
    status: 400,
    heading: 'This sign-in has expired',
    text: 'It’s already finished, took longer than ten minutes, or started in another browser. Please start again.',
    action: backToSignIn,
  },
  over: {
    status: 400,
    heading: 'This has expired',
    text: 'It’s already finished, took longer than ten minutes, or started in another browser. You’re still signed in.',
    action: { href: HOME, label: 'Back to your account' },
  },
  refused: {
    status: 400,
    heading: 'Google couldn’t sign you in',
    text: 'We couldn’t accept Google’s answer, so nothing has changed. Try again, or sign in another way.',
    action: backToSignIn,
  },
  unavailable: {
    status: 502,
    heading: 'Google isn’t responding',
    text: 'Nothing has changed. Try again in a moment, or sign in with your password.',
    action: backToSignIn,
  },
  closed: {
    status: 403,
    heading: 'You can’t create an account right now',
    text: 'Nobody here uses this Google account yet, and registration is closed.',
    action: backToSignIn,
  },
  disabled: {
    status: 403,
    heading: 'This account is deactivated',
    text: 'You can’t sign in to it. Ask an administrator for help.',
    action: backToSignIn,
  },
  'no-address': {
    status: 400,
    heading: 'We need an email address',
    text: 'Google didn’t give us one we can use, so we haven’t created an account. You can register with your email instead.',
    action: { href: '/register', label: 'Create an account' },
  },
} satisfies Record<string, Trouble>

/** The page that says so; its button leads where the person was going. */
export function toTrouble(which: keyof typeof troubles, returnTo = HOME): Trouble {
  const { action, ...trouble } = troubles[which]
  return { ...trouble, action: { ...action, href: withReturnTo(action.href, returnTo) } }
}

/** Why Google did not prove who somebody is. */
export const unproved = {
  cancelled: 'Google sign-in was cancelled.',
  unavailable: 'Google isn’t responding. Try again in a moment.',
  refused: 'We couldn’t accept Google’s answer. Try again.',
  'somebody-else': 'That isn’t the Google account you sign in with here. Choose the one that’s linked.',
  'not-again': 'Google didn’t ask you again. Sign out of Google and try again.',
}

export const cancelled: Flash = { tone: 'info', text: 'Google sign-in was cancelled.' }

export const notices: Record<Exclude<Notice, null>, Flash> = {
  welcome: { tone: 'success', text: 'Welcome! Your account is ready.' },
  linked: { tone: 'success', text: 'Your Google account is linked. You can sign in with it from now on.' },
  'taken-over': {
    tone: 'warning',
    text: 'This email had been registered here, but never confirmed. The account is yours now, and its old password no longer works.',
  },
}

export const IDENTITIES = '/account/identities'
const LABEL = toProviderLabel('google')
const tryAgain = { href: '/auth/oauth/google/link', label: 'Try again', isForm: true }
const backToIdentities = { href: IDENTITIES, label: 'Back to linked accounts' }

type Unlinked = Exclude<Extract<Finish, { purpose: 'link' }>['outcome'], keyof typeof linkNews>

/** What a person reads when nothing could be linked, and nothing has changed. */
const linkTroubles: Record<Unlinked, Trouble> = {
  cancelled: {
    status: 200,
    heading: 'Nothing was linked',
    text: `You cancelled at ${LABEL}, so nothing has changed.`,
    action: tryAgain,
  },
  unavailable: {
    status: 502,
    heading: `${LABEL} isn’t responding`,
    text: 'Nothing has changed. Try again in a moment.',
    action: tryAgain,
  },
  refused: {
    status: 400,
    heading: `We couldn’t link your ${LABEL} account`,
    text: `We couldn’t accept ${LABEL}’s answer, so nothing has changed.`,
    action: tryAgain,
  },
  ended: {
    status: 400,
    heading: `We couldn’t link your ${LABEL} account`,
    text: 'You were signed out in between, or it took longer than ten minutes. Nothing has changed.',
    action: { ...backToIdentities, label: 'Try again' },
  },
  taken: {
    status: 409,
    heading: `This ${LABEL} account is in use`,
    text: `It already opens another account here, so we couldn’t link it to yours. Choose a different ${LABEL} account.`,
    action: tryAgain,
  },
  'no-address': {
    status: 400,
    heading: `We couldn’t link your ${LABEL} account`,
    text: `${LABEL} hasn’t confirmed its email, so we couldn’t link it. Nothing has changed.`,
    action: tryAgain,
  },
  another: {
    status: 409,
    heading: `You already have a ${LABEL} account linked`,
    text: 'EMAIL is linked. Choose that one to reconnect it, or unlink it first to use a different one.',
    action: backToIdentities,
  },
}

export function toLinkTrouble(setback: { outcome: Unlinked; email?: string }): Trouble {
  const { text, ...trouble } = linkTroubles[setback.outcome]
  const back = trouble.action.isForm && { back: backToIdentities }
  return { ...trouble, ...back, text: text.replace('EMAIL', () => setback.email ?? '') }
}

export const linkNews = {
  linked: {
    tone: 'success',
    text: `Your ${LABEL} account is linked. You can sign in with it from now on.`,
  },
  reconnected: { tone: 'success', text: `Your ${LABEL} account was linked already, and it works.` },
} satisfies Record<string, Flash>
