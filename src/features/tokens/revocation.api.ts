import { Router } from 'express'
import { OAuthError } from '../../errors.ts'
import { readFormBody } from '../../http/body.ts'
import { readClient } from '../../http/client-credentials.ts'
import { readParameters } from '../../http/oauth-request.ts'
import { readOrigin } from '../../http/request.ts'
import type { RevocationService } from './revocation.service.ts'
import { tokenInQuestion } from './tokens.form.ts'
import type { TokensService } from './tokens.service.ts'

/** RFC 7009. An unknown token gets the same answer as one that was revoked. */
export function createRevocationApi({
  tokens,
  revocation,
}: {
  tokens: TokensService
  revocation: RevocationService
}) {
  const router = Router()

  router.post('/auth/revoke', async (req, res) => {
    const form = readParameters(tokenInQuestion, await readFormBody(req))
    const client = await readClient(req, form, tokens.identify)
    const outcome = await revocation.revoke(form.token, { clientId: client.id, origin: readOrigin(req) })
    if (outcome === 'unsupported')
      throw new OAuthError(
        'unsupported_token_type',
        'This access token has no refresh token to end: it ends by itself in minutes, or with its session.',
      )
    res.set('cache-control', 'no-store').status(200).end()
  })

  return router
}
