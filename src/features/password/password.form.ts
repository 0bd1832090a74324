import { z } from 'zod'
import { newPasswordField, passwordField } from '../../http/fields.ts'

const currentField = passwordField
  .or(z.literal(''))
  .nullish()
  .transform((typed) => typed || null)
  .meta({
    description: 'The password you have. Left out by members who have none yet.',
    example: 'copper lantern orbit',
  })

export const passwordForm = z
  .object({ current_password: currentField, new_password: newPasswordField.default('') })
  .transform(({ current_password, new_password }) => ({ current: current_password, password: new_password }))

/** The API also takes `password` as the name of the new one. */
export const passwordBody = z.preprocess(
  (body) => {
    const { password, ...rest } = body as Record<string, unknown>
    return { new_password: password, ...rest }
  },
  z.object({ current_password: currentField, new_password: newPasswordField }),
)

export const currentNeeded = {
  field: 'current_password',
  code: 'required',
  message: 'Enter the password you have now.',
}
export const wrongCurrent = {
  field: 'current_password',
  code: 'incorrect',
  message: 'That isn’t your password.',
}

/** The change stays made where no session could begin anew. */
export const changedOnly = 'Your password is changed. Sign in with the new one.'
