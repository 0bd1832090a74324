import { type Response, Router } from 'express'
import { formBody } from '../../http/body.ts'
import type { Cookies } from '../../http/cookies.ts'
import { type Flash, writeFlash } from '../../http/flash.ts'
import { readForm } from '../../http/form.ts'
import { freshOnly, readMember, signedInOnly } from '../../http/guards.ts'
import { readOrigin } from '../../http/request.ts'
import type { HttpSessions } from '../../http/session.ts'
import { toPublicTree } from './session-tree.ts'
import { endForm, endTokensForm, news } from './sessions.form.ts'
import type { MySessionsService } from './sessions.service.ts'

type Dependencies = { mySessions: MySessionsService; sessions: HttpSessions; cookies: Cookies }

const PAGE = '/account/sessions'

export function createSessionsPages({ mySessions, sessions, cookies }: Dependencies) {
  const router = Router()

  router.get('/account/sessions', signedInOnly, async (req, res) => {
    const { user, session } = readMember(req)
    const shown = { now: new Date(), current: session.id }
    const tree = (await mySessions.list(user)).map((each) => toPublicTree(each, shown))
    const [current, others] = [tree.filter(isCurrent), tree.filter((each) => !isCurrent(each))]
    res.set('cache-control', 'no-store').render('pages/sessions', { sessions: [...current, ...others] })
  })

  router.post('/account/sessions/end', formBody, signedInOnly, async (req, res) => {
    const read = readForm(endForm, req.body)
    const { user } = readMember(req)
    const end = read.ok ? await mySessions.end(user, read.data.session, readOrigin(req)) : 'unknown'
    goBack(res, end === 'unknown' ? news.gone : end === 'unconfirmed' ? news.unconfirmed : news.ended)
  })

  router.post('/account/sessions/end-tokens', formBody, signedInOnly, async (req, res) => {
    const read = readForm(endTokensForm, req.body)
    const { user } = readMember(req)
    const key = read.ok && { sessionId: read.data.session, familyId: read.data.family }
    const isEnded = key && (await mySessions.endFamily(user, key, readOrigin(req)))
    goBack(res, isEnded ? news.tokensEnded : news.tokensGone)
  })

  router.post('/account/sessions/end-others', formBody, signedInOnly, freshOnly, async (req, res) => {
    await mySessions.endOthers(readMember(req), readOrigin(req))
    goBack(res, news.othersEnded)
  })

  router.post('/account/sessions/end-all', formBody, signedInOnly, freshOnly, async (req, res) => {
    await sessions.signOutEverywhere(req, res)
    writeFlash(cookies, res, news.allEnded)
    res.set('clear-site-data', '"cache", "storage"').redirect(303, '/login')
  })

  // Whoever opens the address of a button sees the page that it is on.
  router.get('/account/sessions/:button', (_req, res) => res.redirect(303, PAGE))

  function goBack(res: Response, flash: Flash) {
    writeFlash(cookies, res, flash)
    res.redirect(303, PAGE)
  }

  return router
}

const isCurrent = ({ is_current }: { is_current: boolean }) => is_current
