import { Router } from 'express'
import { SCOPES } from '../../domain/access-token/scope.ts'
import type { Metadata } from './metadata.ts'

const LASTS_SECONDS = 15 * 60

const GRANT_TYPES = ['urn:ietf:params:oauth:grant-type:token-exchange', 'refresh_token']

type Dependencies = { issuer: string; passwordGrant: boolean }

/** RFC 8414: what a program needs to know to speak to this portal. */
export function createMetadataApi({ issuer, passwordGrant }: Dependencies) {
  const router = Router()
  const byClient = ['client_secret_basic', 'client_secret_post']
  const metadata: Metadata = {
    issuer,
    token_endpoint: `${issuer}/auth/token`,
    revocation_endpoint: `${issuer}/auth/revoke`,
    introspection_endpoint: `${issuer}/auth/introspect`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    service_documentation: `${issuer}/docs`,
    response_types_supported: [],
    grant_types_supported: passwordGrant ? [...GRANT_TYPES, 'password'] : GRANT_TYPES,
    scopes_supported: [...SCOPES],
    token_endpoint_auth_methods_supported: ['none', ...byClient],
    revocation_endpoint_auth_methods_supported: ['none', ...byClient],
    introspection_endpoint_auth_methods_supported: byClient,
  }

  router.get('/.well-known/oauth-authorization-server', (_req, res) => {
    res
      .set({ 'cache-control': `public, max-age=${LASTS_SECONDS}`, 'access-control-allow-origin': '*' })
      .json(metadata)
  })

  return router
}
