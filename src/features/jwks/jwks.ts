import { z } from 'zod'

const jwk = z.looseObject({
  kty: z.string().meta({ description: 'The kind of key; its other members follow from it.', example: 'OKP' }),
  kid: z.string().meta({
    description: 'Its thumbprint (RFC 7638), which a token names in its header.',
    example: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  }),
  use: z.literal('sig'),
  alg: z.enum(['EdDSA', 'ES256', 'RS256']).meta({ description: 'Accept this algorithm only.' }),
  crv: z.string().optional().meta({ example: 'Ed25519' }),
  x: z.string().optional().meta({ example: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
})

/** RFC 7517 §5. */
export const jwks = z
  .object({ keys: z.array(jwk).meta({ description: 'Those that sign, that will, and that did lately.' }) })
  .meta({ id: 'Jwks', description: 'The public keys of the access tokens (RFC 7517).' })
export type Jwks = z.output<typeof jwks>
