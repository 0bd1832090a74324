import { Router } from 'express'
import { toDeviceName } from '../../domain/session/device-name.ts'
import { toPublicSession } from '../../domain/session/session.ts'
import type { DeletionService } from '../../domain/user/deletion.service.ts'
import { toInitial } from '../../domain/user/initial.ts'
import { toPublicUser } from '../../domain/user/user.ts'
import { membersOnly, readMember } from '../../http/guards.ts'
import type { AccountService } from './account.service.ts'

type Dependencies = { account: AccountService; deletions: Pick<DeletionService, 'find'> }

export function createAccountPages({ account, deletions }: Dependencies) {
  const router = Router()

  router.get('/account', membersOnly, async (req, res) => {
    const { user, session } = readMember(req)
    const [ways, deletesAt] = await Promise.all([account.listWaysIn(user), deletions.find(user)])

    res.set('cache-control', 'no-store').render('pages/account', {
      user: toPublicUser(user),
      initial: toInitial(user),
      session: { ...toPublicSession(session, new Date()), device: toDeviceName(session.userAgent) },
      ways,
      deletesAt: deletesAt?.toISOString() ?? null,
    })
  })

  return router
}
