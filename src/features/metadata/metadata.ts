import { z } from 'zod'
import { SCOPES } from '../../domain/access-token/scope.ts'

const BY_CLIENT = ['client_secret_basic', 'client_secret_post'] as const
const address = (path: string) => z.url().meta({ example: `https://login.example.com${path}` })
const clientProofs = (words: [string, ...string[]]) => z.array(z.enum(words)).meta({ example: words })

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
      .meta({ description: 'None: nobody is sent here to be asked.', example: [] }),
    grant_types_supported: z
      .array(z.string())
      .meta({ example: ['urn:ietf:params:oauth:grant-type:token-exchange', 'refresh_token'] }),
    scopes_supported: z.array(z.enum(SCOPES)).meta({ example: SCOPES }),
    token_endpoint_auth_methods_supported: clientProofs(['none', ...BY_CLIENT]),
    revocation_endpoint_auth_methods_supported: clientProofs(['none', ...BY_CLIENT]),
    introspection_endpoint_auth_methods_supported: clientProofs([...BY_CLIENT]),
  })
  .meta({ id: 'Metadata', description: 'What a program needs to know to speak to this portal (RFC 8414).' })
export type Metadata = z.output<typeof metadata>
