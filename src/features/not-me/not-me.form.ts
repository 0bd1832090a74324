import { z } from 'zod'
import { tokenField } from '../../http/fields.ts'

export const notMeForm = z.object({ token: tokenField })

export const sentences = {
  choose: 'Everyone is signed out, and the old password is gone. Choose a new one to get back in.',
  mailed:
    'Everyone is signed out, and the old password is gone. We’ve emailed you a link to choose a new one. It works for an hour.',
  none: 'Everyone is signed out, and the old password is gone. This account can’t be opened with your email at the moment: ask the people who run this portal for help.',
} as const
