import type { Request } from 'express'
import type { PastEnd } from '../domain/session/past-end.ts'
import type { EndReason } from '../domain/session/session-end.ts'
import { toReadable } from '../domain/time.ts'
import type { Flash } from './flash.ts'

/** What happened, with `when` and `where` to be filled in; null where there is nothing to tell. */
const SENTENCES: Record<EndReason, string | null> = {
  'signed-out': 'You signed out WHEN.',
  'signed-out-remotely': 'You were signed out WHEN WHERE.',
  'others-signed-out': 'You signed out all other devices WHEN WHERE.',
  'signed-out-everywhere': 'You signed out everywhere WHEN WHERE.',
  'signed-in-again': 'You signed in again WHEN, so your earlier session ended.',
  renewed: null,
  'too-many': 'You were signed in too many times, so the session you hadn’t used for longest ended WHEN.',
  'taken-over': 'The owner of this email confirmed it WHEN, so everybody was signed out.',
  'password-reset': 'You were signed out because your password was reset WHEN.',
  'password-changed': 'You were signed out because your password was changed WHEN WHERE.',
  'email-change-undone': 'You were signed out because a change of your email was undone WHEN.',
  'role-changed': 'You were signed out because your role changed WHEN.',
  deactivated: 'You were signed out because your account was deactivated WHEN.',
  disowned: 'You were signed out because “This wasn’t me” was chosen in an email WHEN.',
  'deletion-requested': 'You were signed out because you asked to delete your account WHEN WHERE.',
  'identity-unlinked':
    'You were signed out because the account you had signed in with was unlinked WHEN WHERE.',
  'signed-out-by-admin': 'An administrator signed you out WHEN.',
  'everybody-out': 'Everybody was signed out WHEN. Nothing is wrong with your account.',
}

/** Why the session is over that the request came with. Null for a secret that nobody knows, and after a day. */
export function readPastEnd({ caller }: Request): PastEnd | null {
  return caller.kind === 'refused' ? (caller.end ?? null) : null
}

/** The same for the next page: the browser comes with that secret only once. */
export function toEndFlash(req: Request): Flash | null {
  const end = readPastEnd(req)
  const text = end && toEndSentence(end)
  return text ? { tone: 'info', text } : null
}

/** "You signed out everywhere on 21 November 2026 at 14:05 UTC from Firefox on Linux." */
export function toEndSentence({ reason, at, device }: PastEnd): string | null {
  const sentence = SENTENCES[reason]
  return (
    sentence
      ?.replace('WHEN', `on ${toReadable(new Date(at))}`)
      .replace(' WHERE', device ? ` from ${device}` : '') ?? null
  )
}

/** What a problem says of it. */
export function toEndDetails(req: Request) {
  const end = readPastEnd(req)
  return end && { reason: end.reason, ended_at: end.at, ended_by: end.device ?? undefined }
}
