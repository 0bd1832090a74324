import { z } from 'zod'
import { checkboxField, returnToField } from '../../http/fields.ts'
import type { Flash } from '../../http/flash.ts'
import { HOME } from '../../http/return-to.ts'
import type { Notice } from './arrival.ts'
import type { Callback } from './oauth.service.ts'

export const startForm = z.object({ return_to: returnToField, remember: checkboxField })

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

type Trouble = { status: number; heading: string; text: string; action: { href: string; label: string } }

const backToSignIn = { href: '/login', label: 'Back to sign in' }

/** What a person reads when Google did not let them in. What Google itself says is never shown. */
const troubles = {
  'no-attempt': {
    status: 400,
    heading: 'That sign-in is over',
    text: 'It was finished before, took longer than ten minutes, or began in another browser. Please start again.',
    action: backToSignIn,
  },
  cancelled: {
    status: 400,
    heading: 'You did not sign in with Google',
    text: 'Nothing was changed. You can try again, or sign in another way.',
    action: backToSignIn,
  },
  refused: {
    status: 400,
    heading: 'Google could not sign you in',
    text: 'The answer from Google could not be accepted, so nothing was changed. Please try again, or sign in another way.',
    action: backToSignIn,
  },
  unavailable: {
    status: 502,
    heading: 'Google does not answer',
    text: 'Nothing was changed. Please try again in a moment, or sign in with your password.',
    action: backToSignIn,
  },
  closed: {
    status: 403,
    heading: 'No new accounts at the moment',
    text: 'There is no account here for this Google account, and registration is closed.',
    action: backToSignIn,
  },
  disabled: {
    status: 403,
    heading: 'This account is switched off',
    text: 'You cannot sign in at the moment. Please ask an administrator.',
    action: backToSignIn,
  },
  'no-address': {
    status: 400,
    heading: 'We need an email address',
    text: 'Google told us no address that we can use, so no account was created. You can register with an address instead.',
    action: { href: '/register', label: 'Create an account' },
  },
} satisfies Record<string, Trouble>

/** The page about it; its button goes on to where the person wanted to be. */
export function readTrouble(which: keyof typeof troubles, returnTo = HOME): Trouble {
  const { action, ...trouble } = troubles[which]
  const query = returnTo === HOME ? '' : `?return_to=${encodeURIComponent(returnTo)}`
  return { ...trouble, action: { ...action, href: action.href + query } }
}

export const notices: Record<Exclude<Notice, null>, Flash> = {
  welcome: { tone: 'success', text: 'Welcome! Your account has been created.' },
  linked: { tone: 'success', text: 'Your Google account is now linked to your account here.' },
  'taken-over': {
    tone: 'warning',
    text: 'This address had been registered before, but never confirmed. The account is yours now, and the password from then no longer works.',
  },
}
