import { Router } from 'express'
import { GRANT_TYPES } from '../../domain/access-token/grant-type.ts'
import { SCOPES } from '../../domain/access-token/scope.ts'
import { CLIENT_PROOFS, type Metadata } from './metadata.ts'

const LASTS_SECONDS = 15 * 60
type Dependencies = { issuer: string; passwordGrant: boolean }

/** RFC 8414: what a program needs to know to talk to this portal. */
export function createMetadataApi({ issuer, passwordGrant }: Dependencies) {
  const router = Router()
  const { exchange, refresh, password } = GRANT_TYPES
  const metadata: Metadata = {
    issuer,
    token_endpoint: `${issuer}/auth/token`,
    revocation_endpoint: `${issuer}/auth/revoke`,
    introspection_endpoint: `${issuer}/auth/introspect`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    service_documentation: `${issuer}/docs`,
    response_types_supported: [],
    grant_types_supported: [exchange, refresh, ...(passwordGrant ? [password] : [])],
    scopes_supported: [...SCOPES],
    token_endpoint_auth_methods_supported: ['none', ...CLIENT_PROOFS],
    revocation_endpoint_auth_methods_supported: ['none', ...CLIENT_PROOFS],
    introspection_endpoint_auth_methods_supported: [...CLIENT_PROOFS],
  }

  router.get('/.well-known/oauth-authorization-server', (_req, res) => {
    res
      .set({ 'cache-control': `public, max-age=${LASTS_SECONDS}`, 'access-control-allow-origin': '*' })
      .json(metadata)
  })

  return router
}
