import type { Operations } from '../../http/operation.ts'
import { jwks } from './jwks.ts'

export const jwksOperations: Operations = {
  'GET /.well-known/jwks.json': {
    summary: 'Get the signing keys',
    description:
      'Use these public keys to verify access tokens without asking the portal. Cache them for as long as `Cache-Control` says: a key is published before it signs. A valid signature is not enough: also check `iss`, `aud`, `exp` and that `typ` is `at+jwt`. The list is empty when tokens are signed with a shared secret.',
    callers: 'anyone',
    answers: {
      200: {
        description: 'The keys.',
        schema: jwks,
        examples: {
          Ed25519: {
            keys: [
              {
                kty: 'OKP',
                crv: 'Ed25519',
                x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
                kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
                use: 'sig',
                alg: 'EdDSA',
              },
            ],
          },
        },
      },
    },
  },
}
