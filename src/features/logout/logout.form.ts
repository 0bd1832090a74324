import { z } from 'zod'
import { EXAMPLE_REFRESH_TOKEN } from '../../domain/examples.ts'

/** With a refresh token, ends its whole family; otherwise ends the caller's session. */
export const logoutBody = z.object({
  refresh_token: z.string({ error: 'Send the refresh token as text.' }).optional().meta({
    description: 'Ends this token instead of the session that makes the request.',
    example: EXAMPLE_REFRESH_TOKEN,
  }),
  client_id: z
    .string({ error: 'Send the client id as text.' })
    .optional()
    .meta({ description: 'The registered client that holds the refresh token.' }),
  client_secret: z
    .string({ error: 'Send the client secret as text.' })
    .optional()
    .meta({ description: 'Of a client that has one, unless Basic authentication says it.' }),
})
