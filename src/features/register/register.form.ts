import { z } from 'zod'
import {
  emailField,
  nameField,
  orNull,
  passwordField,
  returnToField,
  usernameField,
} from '../../http/fields.ts'

export const registerBody = z.object({
  email: emailField,
  password: passwordField,
  display_name: orNull(nameField),
  username: orNull(usernameField),
})

export const registerForm = registerBody.extend({ return_to: returnToField })

export type RegisterForm = z.output<typeof registerBody>

export const emailTaken = { field: 'email', message: 'This address has an account already. Sign in instead.' }
