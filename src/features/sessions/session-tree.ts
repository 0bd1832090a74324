import { z } from 'zod'
import { EXAMPLE_FAMILY_ID } from '../../domain/examples.ts'
import { toDeviceName } from '../../domain/session/device-name.ts'
import { publicSession, toPublicSession } from '../../domain/session/session.ts'
import type { SessionWithTokens } from '../../domain/session/session-list.ts'

const publicFamily = z.object({
  family_id: z
    .string()
    .regex(/^fam_[\w-]{22}$/)
    .meta({
      description: 'Identifies the tokens from one exchange.',
      example: EXAMPLE_FAMILY_ID,
    }),
  client_id: z.string().meta({ example: 'cli_Yx3kQ9vZr1mTb7LwHd5uPg' }),
  client_name: z
    .string()
    .nullable()
    .meta({ description: 'The client’s name, if it is registered.', example: 'Reports' }),
  scope: z.string().meta({ example: 'account:read offline_access' }),
  created_at: z.iso.datetime().meta({ example: '2026-11-21T08:05:00.000Z' }),
  last_used_at: z.iso
    .datetime()
    .meta({ description: 'The last refresh.', example: '2026-11-21T08:35:00.000Z' }),
  expires_at: z.iso
    .datetime()
    .meta({ description: 'When it ends, even if it is used.', example: '2026-11-22T08:00:00.000Z' }),
})

export const publicTree = publicSession
  .extend({
    device: z.string().meta({ description: 'The device, in words.', example: 'curl' }),
    place: z.string().nullable().meta({
      description: 'The place its IP address is in, if the portal can tell.',
      example: 'Zürich, Switzerland',
    }),
    is_current: z
      .boolean()
      .meta({ description: 'Whether it is the session that makes the request.', example: true }),
    tokens: z.array(publicFamily).meta({ description: 'Clients that hold refresh tokens for it.' }),
  })
  .meta({ id: 'SessionWithTokens', description: 'A session and its tokens.' })

/** A session with its tokens, as the API shows it to its owner. */
export function toPublicTree(
  { session, place, families }: SessionWithTokens,
  { now, current }: { now: Date; current: string },
): z.output<typeof publicTree> {
  return {
    ...toPublicSession(session, now),
    device: toDeviceName(session.userAgent),
    place,
    is_current: session.id === current,
    tokens: families.map((family) => ({
      family_id: family.id,
      client_id: family.clientId,
      client_name: family.clientName,
      scope: family.scope,
      created_at: family.createdAt.toISOString(),
      last_used_at: family.lastUsedAt.toISOString(),
      expires_at: family.expiresAt.toISOString(),
    })),
  }
}
