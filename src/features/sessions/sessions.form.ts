import { z } from 'zod'
import type { Flash } from '../../http/flash.ts'

const idField = z.string().regex(/^[\w-]{1,100}$/)

export const endForm = z.object({ session: idField })
export const endTokensForm = z.object({ session: idField, family: idField })

/** What the page says after each button. */
export const news = {
  ended: { tone: 'success', text: 'That device is signed out.' },
  gone: { tone: 'info', text: 'That device was signed out already.' },
  unconfirmed: {
    tone: 'warning',
    text: 'That device is signed out here. We couldn’t confirm it everywhere yet and will keep trying.',
  },
  othersEnded: { tone: 'success', text: 'Every other device is signed out.' },
  allEnded: { tone: 'success', text: 'You’re signed out everywhere.' },
  tokensEnded: { tone: 'success', text: 'The program’s access is removed.' },
  tokensGone: { tone: 'info', text: 'The program had no access any more.' },
} satisfies Record<string, Flash>
