import { z } from 'zod'
import {
  emailField,
  nameField,
  orNull,
  passwordField,
  returnToField,
  usernameField,
} from '../../http/fields.ts'

const noNames = { display_name: null, username: null }

/** Everything the page asks for. A name can be added later, on the account page. */
export const registerForm = z
  .object({ email: emailField, password: passwordField, return_to: returnToField })
  .transform(({ return_to, ...rest }) => ({ ...rest, ...noNames, returnTo: return_to }))

/** The API also takes `full_name` or `name` as the name of the field. */
export const registerBody = z.preprocess(
  (body) => {
    const { full_name, name, ...rest } = body as Record<string, unknown>
    return { display_name: full_name ?? name, ...rest }
  },
  z.object({
    email: emailField,
    password: passwordField,
    display_name: orNull(nameField),
    username: orNull(usernameField),
  }),
)

export type RegisterForm = z.output<typeof registerBody>

export const emailTaken = { field: 'email', message: 'This email already has an account. Sign in instead.' }
