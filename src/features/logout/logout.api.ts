import { type Request, type Response, Router } from 'express'
import type { RefreshTokenService } from '../../domain/refresh-token/refresh-token.service.ts'
import { jsonBody } from '../../http/body.ts'
import { type Identify, readClient } from '../../http/client-credentials.ts'
import { readBody } from '../../http/form.ts'
import { freshOnly, leaversOnly, signedInOnly, withScope } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import { logoutBody } from './logout.form.ts'

type Dependencies = {
  sessions: HttpSessions
  refreshTokens: RefreshTokenService
  identify: Identify<{ id: string }>
}

export function createLogoutApi({ sessions, refreshTokens, identify }: Dependencies) {
  const router = Router()

  router.post('/auth/logout', jsonBody, async (req, res, next) => {
    const { refresh_token: token, ...proof } = readBody(logoutBody, req.body)
    if (token === undefined) return next()
    const { id: clientId } = await readClient(req, proof, identify)
    await refreshTokens.end({ token, clientId, origin: readOrigin(req) })
    res.status(204).end()
  })

  router.post('/auth/logout', leaversOnly, withScope('account:write'), async (req, res) => {
    await sessions.signOut(req, res)
    res.status(204).end()
  })

  const everywhere = [signedInOnly, withScope('account:write'), freshOnly]
  router.post('/auth/logout-all', everywhere, async (req: Request, res: Response) => {
    await sessions.signOutEverywhere(req, res)
    res.status(204).end()
  })

  return router
}
