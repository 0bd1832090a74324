import { z } from 'zod'
import { toReadable } from '../../domain/time.ts'
import { type ManagedUser, ROLES } from '../../domain/user/user.ts'
import { nameField, usernameField } from '../../http/fields.ts'
import type { Flash } from '../../http/flash.ts'
import { reasonField } from './users.form.ts'

/** The `updated_at` of the user that the page showed. */
const versionField = z.string().max(30).default('')

export const editForm = z
  .object({ display_name: nameField, username: usernameField, version: versionField })
  .transform(({ display_name: displayName, username, version: asOf }) => ({
    wanted: { displayName, username },
    asOf,
  }))

const dayField = z
  .string({ error: 'Use one date.' })
  .regex(/^(\d{4}-\d\d-\d\d)?$/, 'Use a date like 2026-12-01.')
  .refine((day) => day === '' || z.iso.date().safeParse(day).success, 'There is no such day.')
  .transform((day) => (day ? `${day}T00:00:00.000Z` : null))

export const deactivateForm = z
  .object({ deactivation_reason: reasonField, deactivated_until: dayField, version: versionField })
  .transform(({ deactivation_reason: reason, deactivated_until: until, version: asOf }) => ({
    wanted: { isActive: false, deactivation: { reason, until } },
    asOf,
  }))

export const roleForm = z.object({ role: z.enum(ROLES), version: versionField })
export const reactivateForm = z.object({ version: versionField })
export const endSessionForm = z.object({ session: z.string().regex(/^[\w-]{1,100}$/) })

export const stale: Flash = {
  tone: 'warning',
  text: 'Someone has changed this account since you opened the page, so nothing was changed. This is how it is now.',
}
export const lastAdmin: Flash = {
  tone: 'warning',
  text: 'This is the last administrator. Make someone else an administrator first.',
}

/** What the page says after each button. */
export const news = {
  saved: { tone: 'success', text: 'The changes are saved.' },
  promoted: {
    tone: 'success',
    text: 'They’re an administrator now, and have to sign in again. The other administrators get an email.',
  },
  demoted: { tone: 'success', text: 'They’re an ordinary member now, and have to sign in again.' },
  reactivated: { tone: 'success', text: 'The account is active again. They get an email.' },
  sessionsEnded: { tone: 'success', text: 'They’re signed out everywhere.' },
  ended: { tone: 'success', text: 'That device is signed out.' },
  unknown: { tone: 'info', text: 'That device was signed out already.' },
  unconfirmed: {
    tone: 'warning',
    text: 'That device is signed out here. We couldn’t confirm it everywhere yet and will keep trying.',
  },
} satisfies Record<string, Flash>

export function toDeactivated({ deactivation }: ManagedUser): Flash {
  const until = deactivation?.until
  const end = until ? ` They can sign in again from ${toReadable(new Date(until))}.` : ''
  return { tone: 'success', text: `The account is deactivated, and they’re signed out everywhere.${end}` }
}

type Sending = 'sent' | 'too-many' | 'no-mail' | 'deactivated'

export function toSent(sending: Sending, email: string): Flash {
  const texts: Record<Sending, string> = {
    sent: `We’ve sent the link to ${email}.`,
    'too-many': `${email} has had several of these emails lately. The link in the last one works.`,
    'no-mail': 'This portal sends no email.',
    deactivated: 'The account is deactivated. Reactivate it first.',
  }
  return { tone: sending === 'sent' ? 'success' : 'warning', text: texts[sending] }
}
