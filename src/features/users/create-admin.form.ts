import { z } from 'zod'
import { emailField, passwordField } from '../../http/fields.ts'

export const adminForm = z.object({ email: emailField, password: passwordField })

export type AdminForm = z.output<typeof adminForm>
