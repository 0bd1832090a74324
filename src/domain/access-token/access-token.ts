import { z } from 'zod'

const seconds = z.int().nonnegative()

/** RFC 9068 §2.2, and ours: `sid` the session it came from, `family` the refresh tokens it came with. Nobody's name or address. */
export const accessTokenClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().min(1),
  client_id: z.string().min(1),
  sid: z.string().min(1),
  scope: z.string(),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  jti: z.string().min(1),
  auth_time: seconds,
  role: z.enum(['user', 'admin']),
  family: z.string().min(1).optional(),
})
export type AccessTokenClaims = z.output<typeof accessTokenClaims>
