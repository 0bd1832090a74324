import { z } from 'zod'
import { newPasswordField, tokenField } from '../../http/fields.ts'

/** Only the token can be wrong here: what a password must be like, the policy says. */
export const resetForm = z.object({ token: tokenField, password: newPasswordField.default('') })

/** The API also takes `new_password` as the name of the field. */
export const resetBody = z.preprocess(
  (body) => {
    const { new_password, ...rest } = body as Record<string, unknown>
    return { password: new_password, ...rest }
  },
  z.object({ token: tokenField, password: newPasswordField }),
)

export const passwordChanged = 'Your password is changed. Sign in with the new one.'
