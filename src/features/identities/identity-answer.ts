import { z } from 'zod'
import type { ProviderOfUser } from '../../domain/identity/identity.service.ts'
import { toProviderLabel } from '../../domain/identity/providers.ts'

const publicIdentity = z.object({
  email: z.string().meta({ description: 'The email of the account there.', example: 'ada@gmail.com' }),
  linked_at: z.iso.datetime().meta({ example: '2026-11-21T08:00:00.000Z' }),
  last_used_at: z.iso.datetime().meta({ example: '2026-11-21T08:05:00.000Z' }),
  is_last_sign_in_method: z.boolean().meta({
    description: 'Whether it is the only way to sign in. Then it can’t be unlinked.',
    example: false,
  }),
})

export const publicProvider = z
  .object({
    provider: z.string().meta({ example: 'google' }),
    name: z.string().meta({ description: 'What people call it.', example: 'Google' }),
    identity: publicIdentity.nullable().meta({ description: 'The linked account; null if there is none.' }),
    link_url: z.url().nullable().meta({
      description:
        'The page on which to link or reconnect it, in a browser. Null if the portal no longer offers it.',
      example: 'https://accounts.example.com/account/identities',
    }),
  })
  .meta({ id: 'Provider', description: 'Where somebody may have an account that opens theirs here.' })

export function toPublicProvider(
  { provider, isOpen, identity, isLastWayIn }: ProviderOfUser,
  linkUrl: string,
): z.output<typeof publicProvider> {
  return {
    provider,
    name: toProviderLabel(provider),
    identity: identity && {
      email: identity.email,
      linked_at: identity.createdAt.toISOString(),
      last_used_at: identity.lastUsedAt.toISOString(),
      is_last_sign_in_method: isLastWayIn,
    },
    link_url: isOpen ? linkUrl : null,
  }
}
