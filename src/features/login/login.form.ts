import { z } from 'zod'
import { toEmailAddress } from '../../domain/user/email-address.ts'
import { toUsername } from '../../domain/user/username.ts'
import { checkboxField, flagField, passwordField, returnToField } from '../../http/fields.ts'

export const wrongPair = {
  field: '',
  message:
    'No account matches this name and password. Check both; if you have just registered, confirm your address first.',
}

const LOGIN_LENGTH = 512

/** An address or a username, in the one spelling that is stored. What is neither matches nobody. */
const loginField = z
  .string({ error: 'Enter your email or username.' })
  .transform((typed) => typed.trim())
  .pipe(
    z
      .string()
      .min(1, 'Enter your email or username.')
      .max(LOGIN_LENGTH, 'This is too long for an email or username.'),
  )
  .refine(
    (typed) => typed.isWellFormed() && !/\p{Cc}/u.test(typed),
    'This has a character that cannot be used.',
  )
  .transform((typed) => toEmailAddress(typed) ?? toUsername(typed) ?? typed)
  .meta({ description: 'Email or username.', example: 'ada@example.com' })

export const loginForm = z.object({
  login: loginField,
  password: passwordField,
  remember: checkboxField,
  return_to: returnToField,
})

/** The API also takes `email` or `username` as the name of the field. */
export const loginBody = z.preprocess(
  (body) => {
    const { email, username, ...rest } = body as Record<string, unknown>
    return { login: email ?? username, ...rest }
  },
  z.object({
    login: loginField.meta({
      description: 'Email or username. Also taken by the names `email` and `username`.',
    }),
    password: passwordField,
    remember: flagField.meta({ description: 'Lets the session last, as “keep me signed in” does.' }),
  }),
)
