import type { ErrorRequestHandler, Request, Response } from 'express'
import { type ErrorCode, OAuthError, PortalError } from '../errors.ts'
import type { AskForProof } from './ask-for-proof.ts'
import type { Cookies } from './cookies.ts'
import { type Flash, writeFlash } from './flash.ts'
import { emptyForm } from './form.ts'
import { type FormPages, findFormPage, showFormAgain } from './form-again.ts'
import { sendOAuthError, sendProblemAsOAuth } from './oauth-error.ts'
import { speaksOAuth } from './oauth-request.ts'
import { toEndDetails, toEndFlash } from './past-end.ts'
import { sendProblem } from './problem.ts'
import { readResume, toResumeValues } from './resume.ts'
import { toReturnTo } from './return-to.ts'
import { sentences } from './sentences.ts'

const SIGN_IN_CODES: ErrorCode[] = [
  'authentication_required',
  'session_expired',
  'session_ended',
  'token_expired',
  'token_invalid',
]
const STATUS_CODES: Record<number, ErrorCode> = {
  400: 'malformed_request',
  403: 'forbidden',
  404: 'not_found',
}
const DEFAULT_WAIT_SECONDS = 1
const GONE = 'Your session has ended.'
const NOT_SIGNED_IN = 'You’re not signed in any more.'

type Dependencies = { cookies: Cookies; forms: FormPages; askForProof: AskForProof }

/** The only place where a failure becomes a status: a problem for the API, a page with one way on for people. */
export function createErrorHandler({ cookies, forms, askForProof }: Dependencies): ErrorRequestHandler {
  return async (thrown, req, res, _next) => {
    if (thrown instanceof OAuthError && speaksOAuth(req)) return sendOAuthError(res, thrown)
    const error = toPortalError(thrown)
    logError(req, error)
    if (res.headersSent) return res.destroy()

    const { status, title, detail } = sentences[error.code]
    const own = error.detail ?? (req.isApi ? null : findOwnSentence(error))
    const text = [own ?? detail, toWaitSentence(error)].filter(Boolean).join(' ')
    setHeaders(res, error, status)

    if (speaksOAuth(req)) return sendProblemAsOAuth(res, { status, code: error.code, detail: text })
    if (req.isApi || !req.accepts('html'))
      return sendProblem(res, {
        status,
        code: error.code,
        title,
        detail: text,
        errors: error.problems,
        ...(error.code === 'session_ended' && toEndDetails(req)),
      })
    if (SIGN_IN_CODES.includes(error.code)) return sendToSignIn(cookies, req, res, error)
    if (error.code === 'email_unverified') return res.redirect(303, '/verify-email')

    res.status(status).set('cache-control', 'no-store')
    if (error.code === 'reauthentication_required')
      return askForProof(req, res, emptyForm(toResumeValues(await readResume(req))))
    const form = findFormPage(forms, req, error)
    if (form) return showFormAgain(req, res, form, { why: text, code: error.code })
    if (own && error.code === 'validation_failed') {
      writeFlash(cookies, res, { tone: 'warning', text })
      return res.redirect(303, req.path)
    }
    res.render('errors/page', {
      status,
      heading: title,
      text,
      requestId: req.id,
      action: toWayOn(req, status),
    })
  }
}

/** Where there are no pages. */
export const answerWithProblem: ErrorRequestHandler = (thrown, req, res, _next) => {
  const error = toPortalError(thrown)
  logError(req, error)
  if (res.headersSent) return res.destroy()
  const { status, title, detail } = sentences[error.code]
  setHeaders(res, error, status)
  sendProblem(res, { status, code: error.code, title, detail: error.detail ?? detail })
}

/** About the whole form. */
function findOwnSentence({ problems }: PortalError): string | null {
  return problems.find(({ field }) => field === '')?.message ?? null
}

/** When not even the error page can be rendered. */
export const lastWords: ErrorRequestHandler = (failure, req, res, _next) => {
  req.log.error({ request_id: req.id, err: failure }, 'an error page could not be shown')
  res.status(500).type('text').send('Something went wrong on our side. Please try again.')
}

/** A form goes on from there, with what was typed. */
async function sendToSignIn(cookies: Cookies, req: Request, res: Response, { code }: PortalError) {
  const isGone = code === 'session_expired' || code === 'session_ended'
  const end = isGone ? toEndFlash(req) : null
  if (req.method === 'POST') {
    const text = `${end?.text ?? (isGone ? GONE : NOT_SIGNED_IN)} Sign in to go on with what you were doing.`
    res.locals.flash = { tone: 'info', text } satisfies Flash
    return res.status(401).render('pages/login', { form: emptyForm(toResumeValues(await readResume(req))) })
  }
  if (isGone) writeFlash(cookies, res, end ?? { tone: 'info', text: `${GONE} Please sign in again.` })
  res.redirect(303, `/login?return_to=${encodeURIComponent(toReturnTo(req.originalUrl))}`)
}

function setHeaders(res: Response, { code, retryAfterSeconds, neededScope }: PortalError, status: number) {
  if (neededScope) res.set('www-authenticate', `Bearer error="insufficient_scope", scope="${neededScope}"`)
  if (status === 401)
    res.set(
      'www-authenticate',
      code === 'authentication_required' || code === 'authentication_failed'
        ? 'Bearer'
        : 'Bearer error="invalid_token"',
    )
  if (status === 429 || status === 503)
    res.set('retry-after', String(retryAfterSeconds ?? DEFAULT_WAIT_SECONDS))
}

/** Express throws errors of its own, with a status; everything else is a bug. */
function toPortalError(thrown: unknown): PortalError {
  if (thrown instanceof PortalError) return thrown
  if (thrown instanceof OAuthError) return fromOAuth(thrown)
  const status = thrown instanceof Error && 'status' in thrown ? Number(thrown.status) : 500
  return new PortalError(STATUS_CODES[status] ?? (status < 500 ? 'malformed_request' : 'internal'), {
    cause: thrown,
  })
}

/** Where OAuth is not spoken. */
function fromOAuth({ code, message }: OAuthError): PortalError {
  const isUnknown = code === 'invalid_client'
  return new PortalError(isUnknown ? 'authentication_failed' : 'malformed_request', { detail: message })
}

function logError(req: Request, error: PortalError) {
  const { status } = sentences[error.code]
  const line = { request_id: req.id, code: error.code, err: error.cause ?? error }
  if (status === 500) req.log.error(line, 'unexpected failure')
  else if (status > 500) req.log.warn(line, 'could not be answered')
}

function toWaitSentence({ code, retryAfterSeconds }: PortalError): string {
  if (code !== 'too_many_attempts' || !retryAfterSeconds) return ''
  const minutes = Math.ceil(retryAfterSeconds / 60)
  const wait =
    retryAfterSeconds < 60
      ? `${retryAfterSeconds} second${retryAfterSeconds === 1 ? '' : 's'}`
      : `${minutes} minute${minutes === 1 ? '' : 's'}`
  return `Please wait ${wait} and try again.`
}

/** "Try again" leads to a working page of ours, never to a second submit, whatever was requested. */
function toWayOn(req: Request, status: number) {
  if (status === 404) return { href: '/', label: 'Go to the start page' }
  if (status === 400) return { href: req.app.locals.portal.baseUrl, label: 'Go to the start page' }
  const page = req.path.replace(/^\/verify-email\/.*/, '/login')
  return { href: toReturnTo(req.method === 'GET' ? req.originalUrl : page), label: 'Try again' }
}
