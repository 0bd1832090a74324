import { z } from 'zod'

const jwk = z.looseObject({
  kty: z.string().meta({ description: 'The key type. The other members depend on it.', example: 'OKP' }),
  kid: z.string().meta({
    description: 'The key’s thumbprint (RFC 7638). A token names it in its header.',
    example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  }),
  use: z.literal('sig'),
  alg: z.enum(['EdDSA', 'ES256', 'RS256']).meta({ description: 'Accept only this algorithm.' }),
  crv: z.string().optional().meta({ example: 'Ed25519' }),
  x: z.string().optional().meta({ example: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
})

/** RFC 7517 §5. */
export const jwks = z
  .object({
    keys: z.array(jwk).meta({ description: 'Keys that sign now, will sign soon or signed recently.' }),
  })
  .meta({ id: 'Jwks', description: 'The public keys that verify access tokens (RFC 7517).' })
export type Jwks = z.output<typeof jwks>
