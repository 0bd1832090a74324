import { z } from 'zod'
import { emailField, returnToField } from '../../http/fields.ts'

export const forgotForm = z
  .object({ email: emailField, return_to: returnToField })
  .transform(({ email, return_to }) => ({ email, returnTo: return_to }))

export const forgotBody = z.object({ email: emailField })

export const noMail = {
  heading: 'This portal sends no email',
  text: 'So it can’t send you a link for a new password. Ask the people who run it for help.',
  action: { href: '/login', label: 'Back to sign in' },
}
