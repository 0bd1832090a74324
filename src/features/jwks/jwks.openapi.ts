import type { Operations } from '../../http/operation.ts'
import { jwks } from './jwks.ts'

export const jwksOperations: Operations = {
  'GET /.well-known/jwks.json': {
    summary: 'Read the keys of the tokens',
    description:
      'With these keys everybody can verify an access token without asking the portal. Keep them for as long as `Cache-Control` says: a key is here before anything is signed with it. A token of another portal, or for another audience, is signed well and still not for you: check `iss`, `aud`, `exp` and the `typ` `at+jwt`. Where tokens are signed with a shared secret the list is empty.',
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
