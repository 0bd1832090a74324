import { Router } from 'express'
import { OAuthError } from '../../errors.ts'
import { readFormBody } from '../../http/body.ts'
import { readClient } from '../../http/client-credentials.ts'
import { readParameters } from '../../http/oauth-request.ts'
import { sendUncached } from '../../http/send-json.ts'
import type { IntrospectionService } from './introspection.service.ts'
import { tokenInQuestion } from './tokens.form.ts'
import type { TokensService } from './tokens.service.ts'

/** RFC 7662, for registered clients that can prove who they are. */
export function createIntrospectionApi({
  tokens,
  introspection,
}: {
  tokens: TokensService
  introspection: IntrospectionService
}) {
  const router = Router()

  router.post('/auth/introspect', async (req, res) => {
    const form = readParameters(tokenInQuestion, await readFormBody(req))
    const client = await readClient(req, form, tokens.identify)
    if (client.isPublic) throw new OAuthError('invalid_client', 'Only a client with a secret may ask.')
    sendUncached(res, await introspection.describe(form.token, { clientId: client.id }))
  })

  return router
}
