import { Router } from 'express'
import type { SigningKeyService } from '../../domain/signing-key/signing-key.service.ts'
import { JWKS_LASTS_MS } from '../../domain/signing-key/signing-key.ts'
import { SECOND_MS } from '../../domain/time.ts'
import type { Jwks } from './jwks.ts'

const CACHING = `public, max-age=${JWKS_LASTS_MS / SECOND_MS}`

/** The public keys of our access tokens, for everybody (RFC 7517 §5). */
export function createJwksApi({ signingKeys }: { signingKeys: SigningKeyService }) {
  const router = Router()

  router.get('/.well-known/jwks.json', async (_req, res) => {
    const keys: Jwks = await signingKeys.publicJwks()
    res.set({ 'cache-control': CACHING, 'access-control-allow-origin': '*' }).json(keys)
  })

  return router
}
