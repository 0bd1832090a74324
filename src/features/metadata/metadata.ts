import { z } from 'zod'
import { GRANT_TYPES } from '../../domain/access-token/grant-type.ts'
import { SCOPES } from '../../domain/access-token/scope.ts'

/** How a client proves who it is (RFC 6749 §2.3.1). */
export const CLIENT_PROOFS = ['client_secret_basic', 'client_secret_post'] as const
const address = (path: string) => z.url().meta({ example: `https://login.example.com${path}` })
const clientProofs = (words: readonly string[]) => z.array(z.enum(words)).meta({ example: words })

/** RFC 8414 §2. */
export const metadata = z
  .object({
    issuer: z.url().meta({ description: 'The `iss` of every token.', example: 'https://login.example.com' }),
    token_endpoint: address('/auth/token'),
    revocation_endpoint: address('/auth/revoke'),
    introspection_endpoint: address('/auth/introspect'),
    jwks_uri: address('/.well-known/jwks.json'),
    service_documentation: address('/docs'),
    response_types_supported: z
      .array(z.string())
      .meta({ description: 'None: there is no authorization endpoint.', example: [] }),
    grant_types_supported: z.array(z.string()).meta({ example: [GRANT_TYPES.exchange, GRANT_TYPES.refresh] }),
    scopes_supported: z.array(z.enum(SCOPES)).meta({ example: SCOPES }),
    token_endpoint_auth_methods_supported: clientProofs(['none', ...CLIENT_PROOFS]),
    revocation_endpoint_auth_methods_supported: clientProofs(['none', ...CLIENT_PROOFS]),
    introspection_endpoint_auth_methods_supported: clientProofs(CLIENT_PROOFS),
  })
  .meta({ id: 'Metadata', description: 'What an OAuth client needs to know about this portal (RFC 8414).' })
export type Metadata = z.output<typeof metadata>
