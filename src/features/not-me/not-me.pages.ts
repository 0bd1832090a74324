import { type Response, Router } from 'express'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { writeFlash } from '../../http/flash.ts'
import { emptyForm, readForm } from '../../http/form.ts'
import { createMailedLink } from '../../http/mailed-link.ts'
import { readOrigin } from '../../http/request.ts'
import type { Throttle } from '../../http/throttle.ts'
import { notMeForm, sentences } from './not-me.form.ts'
import type { NotMeService } from './not-me.service.ts'

type Dependencies = { notMe: NotMeService; throttle: Throttle; cookies: Cookies }

export function createNotMePages({ notMe, throttle, cookies }: Dependencies) {
  const router = Router()
  const link = createMailedLink({ cookies, page: '/not-me' })
  const resetLink = createMailedLink({ cookies, page: '/reset-password' })

  router.get('/not-me', link.leaveAddress, async (req, res) => {
    const token = link.readToken(req)
    const found = token === null ? null : await notMe.inspect(token)
    if (token === null || !found) return showExpired(res)
    const form = emptyForm({ token, email: found.email })
    res.set('cache-control', 'no-store').render('pages/not-me', { state: 'ask', form })
  })

  router.post('/not-me', formBody, async (req, res) => {
    await throttle.request(req)
    const read = readForm(notMeForm, req.body)
    const found = read.ok ? await notMe.inspect(read.data.token) : null
    if (!read.ok || !found) return showExpired(res)

    const knownTo = throttle.knows(req, found.user) ? found.user : null
    const wayBack = await notMe.disown({ ...read.data, knownTo }, readOrigin(req))
    if (!wayBack) return showExpired(res)

    link.forget(res)
    writeFlash(cookies, res, {
      tone: wayBack.kind === 'none' ? 'warning' : 'success',
      text: sentences[wayBack.kind],
    })
    if (wayBack.kind === 'choose') resetLink.keep(res, wayBack.token)
    res.redirect(303, wayBack.kind === 'choose' ? '/reset-password' : '/login')
  })

  function showExpired(res: Response) {
    link.forget(res)
    res.status(410).render('pages/not-me', { state: 'expired', form: emptyForm() })
  }

  return router
}
