import { z } from 'zod'
import { tokenField } from '../../http/fields.ts'

export const undoForm = z.object({ token: tokenField })

/** What the page says, and the API as `detail`. */
export const takenMeanwhile = {
  heading: 'This email has another account now',
  text: 'Someone who reads this mailbox has made an account with it since. So the email of the other account can’t be changed back, and nothing has changed. Sign in with this email, or ask for a new password.',
  action: { href: '/login', label: 'Go to sign in' },
}
