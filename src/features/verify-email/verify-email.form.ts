import { z } from 'zod'
import { codeField, emailField, passwordField, tokenField } from '../../http/fields.ts'

const optionalPassword = passwordField
  .or(z.literal(''))
  .nullish()
  .transform((typed) => typed || null)
  .meta({
    description:
      'With the token: the password chosen at registration. Not needed after signing up with Google.',
    example: 'sunset marble violin',
  })

export const linkForm = z.object({ token: tokenField, password: optionalPassword })

export const codeForm = z.object({ email: emailField, code: codeField })

/** The link proves itself with a password, the code with the browser that registered. */
export const confirmBody = z
  .object({
    token: tokenField.optional(),
    password: optionalPassword,
    email: emailField.optional(),
    code: codeField.optional(),
  })
  .transform(({ token, password, email, code }, context) => {
    if (token !== undefined) return { by: 'link', token, password } as const
    if (email !== undefined && code !== undefined) return { by: 'code', email, code } as const
    context.addIssue({ code: 'custom', path: ['token'], message: 'Send "token", or "email" and "code".' })
    return z.NEVER
  })

export const resendForm = z.object({ email: emailField })

export const passwordNeeded = {
  field: 'password',
  message: 'Enter the password you chose when you registered.',
}
export const wrongPassword = {
  field: 'password',
  message: 'That isn’t the password you registered with.',
}
export const wrongCode = {
  field: 'code',
  message: 'That code isn’t right. Use the one in our newest email, or open the link in it.',
}
export const noTriesLeft = {
  field: 'code',
  message: 'Too many codes have been tried. Open the link in our email instead, or register again.',
}
export const codeNeedsBrowser = {
  field: 'code',
  message: 'The code only works in the browser you registered in. Open the link in our email instead.',
}

/** If no session could begin, the email is still confirmed: nothing is lost, and the link is not needed again. */
export const confirmedOnly = 'Your email is confirmed. Sign in to continue.'
