import { z } from 'zod'
import { FIRST_PARTY_ID } from '../../domain/api-client/api-client.ts'
import { EXAMPLE_REFRESH_TOKEN } from '../../domain/examples.ts'

/** With a refresh token it is that which ends, with all that came and will come from it; else the session of who asks. */
export const logoutBody = z.object({
  refresh_token: z
    .string({ error: 'Send the refresh token as text.' })
    .optional()
    .meta({ description: 'Ends instead of the session that asks.', example: EXAMPLE_REFRESH_TOKEN }),
  client_id: z
    .string({ error: 'Send the client id as text.' })
    .default(FIRST_PARTY_ID)
    .meta({ description: 'The client that holds the refresh token.' }),
})
