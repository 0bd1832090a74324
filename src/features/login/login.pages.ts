import { Router } from 'express'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { emptyForm, readForm, withError } from '../../http/form.ts'
import { createGuestsOnly } from '../../http/guests.ts'
import { keepOwn } from '../../http/owner.ts'
import { readOrigin } from '../../http/request.ts'
import { resume } from '../../http/resume.ts'
import { readReturnTo } from '../../http/return-to.ts'
import { sameForVisitors } from '../../http/same-for-visitors.ts'
import type { HttpSessions } from '../../http/session.ts'
import type { Throttle } from '../../http/throttle.ts'
import { carryAddress, forgetCarriedAddress, readCarriedAddress } from '../../http/typed-address.ts'
import { loginForm, toWrongPair } from './login.form.ts'
import type { LoginService } from './login.service.ts'

type Dependencies = {
  login: LoginService
  sessions: HttpSessions
  throttle: Throttle
  cookies: Cookies
}

export function createLoginPages({ login, sessions, throttle, cookies }: Dependencies) {
  const router = Router()
  const wrongPair = toWrongPair(login)
  const guestsOnly = createGuestsOnly(cookies)

  router.get('/login', guestsOnly, sameForVisitors('/login'), (req, res) => {
    const login = readCarriedAddress(cookies, req)
    res.render('pages/login', { form: emptyForm({ return_to: readReturnTo(req), login }) })
  })

  router.post('/login', formBody, guestsOnly, async (req, res) => {
    const read = readForm(loginForm, req.body)
    carryAddress(cookies, res, read.form.values.login)
    if (!read.ok) return res.status(422).render('pages/login', { form: read.form })

    const attempt = await throttle.signIn(req, read.data.login)
    const user = await attempt.make((lane) =>
      login.authenticate(read.data, { origin: readOrigin(req), lane }),
    )
    if (!user) {
      return res
        .status(422)
        .render('pages/login', { form: withError(read.form, wrongPair.field, wrongPair.message) })
    }

    await sessions.signIn(req, res, { user, method: 'password', remember: read.data.remember })
    forgetCarriedAddress(cookies, res)
    const { return_to: returnTo, typed } = read.data
    resume(res, { returnTo, typed: keepOwn(typed, user) })
  })

  return router
}
