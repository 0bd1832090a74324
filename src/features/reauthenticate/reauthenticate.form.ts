import { z } from 'zod'
import { passwordField } from '../../http/fields.ts'
import { resumeFields } from '../../http/resume.ts'

export const reauthenticateForm = z.object({ password: passwordField, ...resumeFields })
export const reauthenticateBody = z.object({ password: passwordField })

export const wrongPassword = { field: 'password', code: 'incorrect', message: 'That password isn’t right.' }
