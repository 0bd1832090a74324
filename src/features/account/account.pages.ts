import { Router } from 'express'
import { toDeviceName } from '../../domain/session/device-name.ts'
import { toPublicSession } from '../../domain/session/session.ts'
import { toInitial } from '../../domain/user/initial.ts'
import { toPublicUser } from '../../domain/user/user.ts'
import { membersOnly, readMember } from '../../http/guards.ts'
import type { AccountService } from './account.service.ts'

export function createAccountPages({ account }: { account: AccountService }) {
  const router = Router()

  router.get('/account', membersOnly, async (req, res) => {
    const { user, session } = readMember(req)
    const ways = await account.listWaysIn(user)

    res.set('cache-control', 'no-store').render('pages/account', {
      user: toPublicUser(user),
      initial: toInitial(user),
      session: { ...toPublicSession(session, new Date()), device: toDeviceName(session.userAgent) },
      ways,
    })
  })

  return router
}
