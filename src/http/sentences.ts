import type { ErrorCode } from '../errors.ts'

type Sentence = { status: number; title: string; detail: string }

/** What each code means to the person who meets it. */
export const sentences: Record<ErrorCode, Sentence> = {
  malformed_request: {
    status: 400,
    title: 'We can’t read that request',
    detail: 'Something in it is missing or wrong.',
  },
  validation_failed: {
    status: 422,
    title: 'Some of that isn’t right',
    detail: 'Check the fields that are named.',
  },
  authentication_required: { status: 401, title: 'Please sign in', detail: 'Sign in to continue.' },
  authentication_failed: {
    status: 401,
    title: 'You’re not signed in',
    detail: 'That email or password isn’t right.',
  },
  session_expired: { status: 401, title: 'Please sign in again', detail: 'Your session has expired.' },
  session_ended: { status: 401, title: 'Please sign in again', detail: 'This session has ended.' },
  token_expired: { status: 401, title: 'This token has expired', detail: 'Request a new one.' },
  token_invalid: {
    status: 401,
    title: 'This token isn’t valid',
    detail: 'It isn’t a session or a token of this portal.',
  },
  email_unverified: {
    status: 403,
    title: 'Confirm your email first',
    detail: 'Open the link in the email we sent you, or ask for a new one.',
  },
  account_disabled: {
    status: 403,
    title: 'This account is deactivated',
    detail: 'Ask an administrator for help.',
  },
  reauthentication_required: {
    status: 403,
    title: 'Confirm it’s you',
    detail:
      'It’s more than five minutes since you proved who you are. Do that again, then repeat the request.',
  },
  cross_site_request: {
    status: 403,
    title: 'That came from another site',
    detail: 'This came from another site, so nothing has changed. Check it and send it again from here.',
  },
  forbidden: { status: 403, title: 'You can’t do that', detail: 'Your account isn’t allowed to.' },
  not_found: {
    status: 404,
    title: 'Page not found',
    detail: 'There’s nothing at this address. If you typed it, check that it’s correct.',
  },
  method_not_allowed: {
    status: 405,
    title: 'That doesn’t work here',
    detail: 'This address doesn’t take that kind of request.',
  },
  email_taken: { status: 409, title: 'This email already has an account', detail: 'Sign in instead.' },
  username_taken: { status: 409, title: 'That username is taken', detail: 'Choose another one.' },
  last_sign_in_method: {
    status: 409,
    title: 'This is your only way to sign in',
    detail: 'Add another one first.',
  },
  last_admin: {
    status: 409,
    title: 'This is the last administrator',
    detail: 'Make someone else an administrator first.',
  },
  link_expired: {
    status: 410,
    title: 'This link no longer works',
    detail: 'It has been used or has expired. Ask for a new one.',
  },
  payload_too_large: {
    status: 413,
    title: 'That’s too much at once',
    detail: 'The request is larger than anything this portal takes.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'We can’t read that format',
    detail: 'Send the form from its page, or JSON to the API, in UTF-8.',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    detail: 'There have been too many attempts.',
  },
  overloaded: {
    status: 503,
    title: 'We’re busy right now',
    detail: 'Many people are signing in. Please try again in a few seconds.',
  },
  temporarily_unavailable: {
    status: 503,
    title: 'We’ll be right back',
    detail: 'Something we need isn’t responding. Please try again in a moment.',
  },
  provider_unavailable: {
    status: 502,
    title: 'Google isn’t responding',
    detail: 'Try again in a moment, or sign in with your password.',
  },
  internal: {
    status: 500,
    title: 'Sorry, that didn’t work',
    detail: 'Something went wrong on our side. Please try again.',
  },
}
