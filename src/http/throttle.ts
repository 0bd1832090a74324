import type { Request, Response } from 'express'
import { hashSecret } from '../domain/secret.ts'
import type { Lane, User } from '../domain/user/user.ts'
import { PortalError } from '../errors.ts'
import type { AttemptLimits, Claim, Rule } from '../platform/attempt-limits.ts'
import type { Familiar, KnownBrowser } from './known-browser.ts'
import { withResetHint } from './reset-hint.ts'
import { sentences } from './sentences.ts'

export type Throttle = ReturnType<typeof createThrottle>
type Dependencies = { limits: AttemptLimits; knownBrowser: KnownBrowser }

const PER_ADDRESS: Rule = { name: 'address', points: 10, durationSeconds: 60 }
const PER_NAME: Rule = { name: 'sign-in-name', points: 5, durationSeconds: 300, isForgiven: true }
/** A browser that signed in before has lanes of its own; these are wide enough for an office, and success does not lift them. */
const PER_KNOWN_ADDRESS: Rule = { name: 'known-address', points: 60, durationSeconds: 60 }
const PER_KNOWN_BROWSER: Rule = { name: 'known-browser', points: 5, durationSeconds: 300, isForgiven: true }
/** Over all known browsers. Counted last, so that a browser that must wait does not use up the others' attempts. */
const PER_KNOWN_NAME: Rule = { name: 'known-name', points: 20, durationSeconds: 300, isForgiven: true }
/** Enough for somebody undecided, but few for somebody probing which usernames are taken. */
const CHANGES_PER_USER: Rule = { name: 'change', points: 30, durationSeconds: 600 }
/** Each leaves rows for weeks; whoever holds a refresh token has no need to ask for the next. */
const GRANTS_PER_USER: Rule = { name: 'grant', points: 60, durationSeconds: 600 }

const HOUR_SECONDS = 60 * 60
/** Each has an email written to the address of before, which must never be left out. */
const EMAIL_CHANGES_PER_USER: Rule = { name: 'email-change', points: 5, durationSeconds: HOUR_SECONDS }
const CODES_PER_REGISTRATION: Rule = {
  name: 'code',
  points: 5,
  durationSeconds: 72 * HOUR_SECONDS,
  isExact: true,
}
const CODES_PER_ADDRESS: Rule = {
  name: 'code-address',
  points: 20,
  durationSeconds: HOUR_SECONDS,
  isForgiven: true,
}

/** Guessing is bounded before anything is hashed. A stranger's guesses do not use up those of a browser that is known. */
export function createThrottle({ limits, knownBrowser }: Dependencies) {
  async function reserve(claims: Claim[], detail?: string) {
    const reservation = await limits.reserve(claims)
    if (reservation.waitSeconds === null) return reservation
    throw new PortalError('too_many_attempts', { retryAfterSeconds: reservation.waitSeconds, detail })
  }

  const claim = (rule: Rule, key: string): Claim => ({ rule, key: hashSecret(key) })
  const claimAddress = (rule: Rule, { ip }: Request) => claim(rule, limits.toAddressKey(ip ?? ''))

  /** Sign-ups, new links and the like: so many a minute from one client address. */
  async function request(req: Request): Promise<void> {
    await reserve([claimAddress(PER_ADDRESS, req)])
  }

  /** Changes that members make to their own profile, by page or API, from any address. */
  async function change({ id }: Pick<User, 'id'>): Promise<void> {
    await reserve([claim(CHANGES_PER_USER, id)])
  }

  /** Refresh tokens that a member, or a program in their name, asks for. */
  async function grant({ id }: Pick<User, 'id'>): Promise<void> {
    await reserve([claim(GRANTS_PER_USER, id)])
  }

  /** Requests to change the email, counted for the account. */
  async function emailChange({ id }: Pick<User, 'id'>): Promise<void> {
    await reserve([claim(EMAIL_CHANGES_PER_USER, id)])
  }

  /**
   * Counts a sign-in before it is tried. A success, and one that could not be judged, comes off the name's counters, never off the
   * address', so that nobody's own success clears what others did.
   */
  async function signIn(req: Request, login: string) {
    const browser = knownBrowser.find(req, login)
    const reservation = await reserve(
      browser
        ? [
            claimAddress(PER_KNOWN_ADDRESS, req),
            claim(PER_KNOWN_BROWSER, `${browser.browser} ${browser.epoch} ${login}`),
            claim(PER_KNOWN_NAME, `${browser.epoch} ${login}`),
          ]
        : [claimAddress(PER_ADDRESS, req), claim(PER_NAME, login)],
      req.isApi ? withResetHint(req, sentences.too_many_attempts.detail) : undefined,
    )
    return {
      /** Null from `work` is a wrong guess. `lane` is the browser's, if it is known. */
      async make<T>(work: (lane: Lane | null) => Promise<T | null>): Promise<T | null> {
        try {
          const verdict = await work(browser)
          if (verdict !== null) await reservation.release()
          return verdict
        } catch (failure) {
          if (failure instanceof PortalError) await reservation.release()
          throw failure
        }
      },
    }
  }

  /**
   * Counts a mailed code before it is looked at, alike for every email. `proofs` are those with a try left: each registration has
   * five, and a mailbox gets three codes an hour. A count per email, or for everybody, would let strangers stop people confirming.
   */
  async function code(req: Request, proofs: string[]) {
    const reservation = await reserve([claimAddress(CODES_PER_ADDRESS, req)])
    const tries = await Promise.all(
      proofs.map((proof) => limits.reserve([claim(CODES_PER_REGISTRATION, proof)])),
    )
    return {
      proofs: proofs.filter((_, index) => tries[index]?.waitSeconds === null),
      succeeded: () => reservation.release(),
    }
  }

  /** Who proved to own the account without signing in: from now on strangers' guesses do not make this browser wait. */
  const remember = (req: Request, res: Response, user: Familiar) => knownBrowser.remember(req, res, user)

  return { request, change, grant, emailChange, signIn, code, remember, knows: knownBrowser.knows }
}
