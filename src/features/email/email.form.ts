import { z } from 'zod'
import { codeField, emailField, tokenField } from '../../http/fields.ts'

export const emailForm = z.object({ email: emailField })
/** `email` is the address that the page asked the code for; empty where the page could not say it. */
export const codeForm = z.object({ email: z.union([emailField, z.literal('')]).default(''), code: codeField })
export const linkForm = z.object({ token: tokenField })

/** Whichever of the two is at hand. */
export const confirmBody = z
  .object({ token: tokenField.optional(), code: codeField.optional() })
  .transform(({ token, code }, context) => {
    if (token !== undefined) return { by: 'link', token } as const
    if (code !== undefined) return { by: 'code', code } as const
    context.addIssue({ code: 'custom', path: ['code'], message: 'Send "code" or "token".' })
    return z.NEVER
  })

export const sameEmail = {
  field: 'email',
  code: 'same',
  message: 'That’s the email you have. Enter another one.',
}
export const wrongCode = {
  field: 'code',
  code: 'wrong',
  message: 'That code isn’t right. Use the one in our newest email, or open the link in it.',
}
export const noTriesLeft = {
  field: 'code',
  code: 'no_tries_left',
  message: 'Too many codes have been tried. Open the link in our email instead.',
}
/** Told to nobody who hasn't proved to read that mailbox. */
export const emailTaken = 'That email has an account of its own by now, so yours stays as it is.'
export const nothingPending =
  'No change of your email is waiting to be confirmed. It may have been cancelled, or have expired.'

export const linkGone = 'Open the link in our email again, or enter the code.'

export const noMail = {
  heading: 'This portal sends no email',
  text: 'So it can’t confirm a new one. Ask the people who run it for help.',
  action: { href: '/account', label: 'Back to your account' },
}
export const otherAccount = {
  heading: 'This link belongs to another account',
  text: 'Sign out, then sign in to the account whose email is to change, and open the link again.',
  action: { href: '/logout', label: 'Sign out' },
}
