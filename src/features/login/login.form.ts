import { z } from 'zod'
import { checkboxField, flagField, loginField, passwordField } from '../../http/fields.ts'
import { resumeFields } from '../../http/resume.ts'

const WRONG_PAIR = 'That email or password isn’t right.'

/** One sentence for every cause. It mentions confirming only where that is needed to sign in. */
export function toWrongPair({ unverifiedMayEnter }: { unverifiedMayEnter: boolean }) {
  const message = unverifiedMayEnter ? WRONG_PAIR : `${WRONG_PAIR} Just signed up? Confirm your email first.`
  return { field: 'password', message }
}

export const loginForm = z.object({
  login: loginField,
  password: passwordField,
  remember: checkboxField,
  ...resumeFields,
})

/** The API also takes `email` or `username` as the name of the field. */
export const loginBody = z.preprocess(
  (body) => {
    const { email, username, ...rest } = body as Record<string, unknown>
    return { login: email ?? username, ...rest }
  },
  z.object({
    login: loginField.meta({
      description: 'Email or username. You can also send it as `email` or `username`.',
    }),
    password: passwordField,
    remember: flagField.meta({ description: 'Keeps the session for longer, like “Keep me signed in”.' }),
  }),
)
