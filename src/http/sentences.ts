import type { ErrorCode } from '../errors.ts'

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
