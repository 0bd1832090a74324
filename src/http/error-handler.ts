import type { ErrorRequestHandler, Request, Response } from 'express'
import { type ErrorCode, OAuthError, PortalError } from '../errors.ts'
import type { Cookies } from './cookies.ts'
import { writeFlash } from './flash.ts'
import { type FormPages, findFormPage, showFormAgain } from './form-again.ts'
import { sendOAuthError, sendProblemAsOAuth, speaksOAuth } from './oauth.ts'
import { sendProblem } from './problem.ts'
import { toReturnTo } from './return-to.ts'

type Sentence = { status: number; title: string; detail: string }

/** What each code means to the person who meets it. */
export const sentences: Record<ErrorCode, Sentence> = {
  malformed_request: {
    status: 400,
    title: 'That request did not make sense',
    detail: 'The request could not be read.',
  },
  validation_failed: {
    status: 422,
    title: 'Something needs another look',
    detail: 'Some fields need another look.',
  },
  authentication_required: { status: 401, title: 'Please sign in', detail: 'Sign in to go on.' },
  authentication_failed: {
    status: 401,
    title: 'That did not work',
    detail: 'No account matches this name and password, or its address has not been confirmed yet.',
  },
  session_expired: { status: 401, title: 'Please sign in again', detail: 'Your session has expired.' },
  session_ended: { status: 401, title: 'Please sign in again', detail: 'This session has ended.' },
  token_expired: { status: 401, title: 'The token has expired', detail: 'Ask for a new token.' },
  token_invalid: {
    status: 401,
    title: 'The token is not valid',
    detail: 'This is not a session or token of this portal.',
  },
  email_unverified: {
    status: 403,
    title: 'Confirm your address first',
    detail:
      'This address is not confirmed yet. Open the link in the mail that we sent you, or ask for a new one.',
  },
  account_disabled: { status: 403, title: 'This account is switched off', detail: 'Ask an administrator.' },
  reauthentication_required: { status: 403, title: 'Is it still you?', detail: 'Sign in again to go on.' },
  cross_site_request: {
    status: 403,
    title: 'That came from somewhere else',
    detail:
      'This did not come from our own page, so nothing was changed. Look it over and send it again from here.',
  },
  forbidden: { status: 403, title: 'This page is not for you', detail: 'Your account may not do that.' },
  not_found: {
    status: 404,
    title: 'There is no such page',
    detail: 'The address may be mistyped, or the page is gone.',
  },
  method_not_allowed: {
    status: 405,
    title: 'That cannot be done here',
    detail: 'This address does not take that kind of request.',
  },
  email_taken: { status: 409, title: 'This address has an account', detail: 'Sign in instead.' },
  username_taken: { status: 409, title: 'This name is taken', detail: 'Choose another username.' },
  last_sign_in_method: {
    status: 409,
    title: 'This is your only way in',
    detail: 'Add another way to sign in first.',
  },
  last_admin: {
    status: 409,
    title: 'This is the last administrator',
    detail: 'Make somebody else an administrator first.',
  },
  link_expired: {
    status: 410,
    title: 'This link no longer works',
    detail: 'It was used already, or it is too old. Ask for a new one.',
  },
  payload_too_large: {
    status: 413,
    title: 'That was too much',
    detail: 'The request is larger than anything this portal needs.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'That cannot be read here',
    detail: 'Send a form from the page, or JSON to the API, in UTF-8.',
  },
  too_many_attempts: { status: 429, title: 'A short break', detail: 'There were too many attempts.' },
  overloaded: {
    status: 503,
    title: 'Just a moment',
    detail: 'Many people are signing in right now. Please try again in a few seconds.',
  },
  temporarily_unavailable: {
    status: 503,
    title: 'We will be right back',
    detail: 'Something that we need does not answer at the moment. Please try again shortly.',
  },
  provider_unavailable: {
    status: 502,
    title: 'Google does not answer',
    detail: 'Try again shortly, or sign in with your password.',
  },
  internal: {
    status: 500,
    title: 'That was our mistake',
    detail: 'Something went wrong on our side. Please try again.',
  },
}

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

type Dependencies = { cookies: Cookies; forms: FormPages }

/** The only place where a failure becomes a status: a problem for the API, a page with one way on for people. */
export function createErrorHandler({ cookies, forms }: Dependencies): ErrorRequestHandler {
  return (thrown, req, res, _next) => {
    if (thrown instanceof OAuthError) return sendOAuthError(res, thrown)
    const error = toPortalError(thrown)
    logError(req, error)
    if (res.headersSent) return res.destroy()

    const { status, title, detail } = sentences[error.code]
    const text = [error.detail ?? detail, toWaitSentence(error)].filter(Boolean).join(' ')
    setHeaders(res, error, status)

    if (speaksOAuth(req)) return sendProblemAsOAuth(res, { status, code: error.code, detail: text })
    if (req.isApi || !req.accepts('html'))
      return sendProblem(res, { status, code: error.code, title, detail: text, errors: error.problems })
    if (SIGN_IN_CODES.includes(error.code)) return sendToSignIn(cookies, req, res, error)
    if (error.code === 'email_unverified') return res.redirect(303, '/verify-email')

    res.status(status).set('cache-control', 'no-store')
    const form = findFormPage(forms, req, error)
    if (form) return showFormAgain(req, res, form, text)
    res.render('errors/page', {
      status,
      heading: title,
      text,
      requestId: req.id,
      action: toWayOn(req, status),
    })
  }
}

/** When not even the error page can be made. */
export const lastWords: ErrorRequestHandler = (failure, req, res, _next) => {
  req.log.error({ request_id: req.id, err: failure }, 'an error page could not be shown')
  res.status(500).type('text').send('Something went wrong on our side. Please try again.')
}

function sendToSignIn(cookies: Cookies, req: Request, res: Response, error: PortalError) {
  const isGone = error.code === 'session_expired' || error.code === 'session_ended'
  if (isGone)
    writeFlash(cookies, res, { tone: 'info', text: 'Your session has ended. Please sign in again.' })
  const from = req.method === 'GET' ? `?return_to=${encodeURIComponent(toReturnTo(req.originalUrl))}` : ''
  res.redirect(303, `/login${from}`)
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
  const status = thrown instanceof Error && 'status' in thrown ? Number(thrown.status) : 500
  return new PortalError(STATUS_CODES[status] ?? (status < 500 ? 'malformed_request' : 'internal'), {
    cause: thrown,
  })
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

/** "Try again" is a working page and never a second submit. */
function toWayOn(req: Request, status: number) {
  if (status === 404) return { href: '/', label: 'Go to the start page' }
  if (status === 400) return { href: req.app.locals.portal.baseUrl, label: 'Go to the start page' }
  const page = req.path.replace(/^\/auth\/oauth\/.*|^\/verify-email\/.*/, '/login')
  return { href: req.method === 'GET' ? req.originalUrl : page, label: 'Try again' }
}
