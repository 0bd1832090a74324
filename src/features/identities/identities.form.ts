import { z } from 'zod'
import { toProviderLabel } from '../../domain/identity/providers.ts'
import type { Flash } from '../../http/flash.ts'

export const PROVIDER = /^[a-z]{1,32}$/
export const unlinkForm = z.object({ provider: z.string().regex(PROVIDER) })

export const toNews = (provider: string): Record<'unlinked' | 'not-linked', Flash> => ({
  unlinked: {
    tone: 'success',
    text: `Your ${toProviderLabel(provider)} account is unlinked. You can’t sign in with it any more.`,
  },
  'not-linked': { tone: 'info', text: 'That account was unlinked already.' },
})

/** The page for whoever would lock themselves out. */
export const toLastWayIn = (provider: string) => ({
  heading: 'This is your only way to sign in',
  text: `Set a password first. Then you can unlink your ${toProviderLabel(provider)} account.`,
  action: { href: '/account/password', label: 'Set a password' },
})
