import { z } from 'zod'
import { emailField, passwordField, tokenField } from '../../http/fields.ts'

export const confirmForm = z.object({
  token: tokenField,
  password: passwordField
    .or(z.literal(''))
    .nullish()
    .transform((typed) => typed || null)
    .meta({
      description: 'The one chosen at registration. Not asked for after signing up with Google.',
      example: 'sunset marble violin',
    }),
})

export const resendForm = z.object({ email: emailField })

export const passwordNeeded = {
  field: 'password',
  message: 'Type the password you chose when you registered.',
}
export const choosePassword = { field: 'password', code: 'required', message: 'Choose a password.' }
export const wrongPassword = {
  field: 'password',
  message:
    'This is not the password that was chosen at registration. If you do not know it, simply register once more.',
}
