import { Router } from 'express'
import type { IdentityService } from '../../domain/identity/identity.service.ts'
import { PortalError } from '../../errors.ts'
import { freshMembersOnly, membersOnly, readMember, withScope } from '../../http/guards.ts'
import { readId, readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { PROVIDER } from './identities.form.ts'
import { toPublicProvider } from './identity-answer.ts'

type Dependencies = { identities: IdentityService; throttle: Throttle; baseUrl: string }

export function createIdentitiesApi({ identities, throttle, baseUrl }: Dependencies) {
  const router = Router()
  const linkUrl = `${baseUrl}/account/identities`

  router.get('/auth/identities', membersOnly, withScope('account:read'), async (req, res) => {
    const providers = await identities.list(readMember(req).user)
    res.json({ providers: providers.map((each) => toPublicProvider(each, linkUrl)) })
  })

  const provider = '/auth/identities/:provider'
  router.delete(provider, freshMembersOnly, withScope('account:write'), async (req, res) => {
    const member = readMember(req)
    await throttle.change(member.user)
    const unlinking = await identities.unlink(member, readId(req, 'provider', PROVIDER), readOrigin(req))
    if (unlinking === 'ended') throw new PortalError('session_ended')
    if (unlinking === 'not-linked') throw new PortalError('not_found')
    if (unlinking === 'last-way-in') throw new PortalError('last_sign_in_method')
    res.status(204).end()
  })

  return router
}
