import type { Request, Response } from 'express'
import { hashSecret } from '../domain/secret.ts'
import { PortalError } from '../errors.ts'
import type { AttemptLimit } from '../platform/attempt-limits.ts'
import type { KnownBrowser } from './known-browser.ts'

export type Throttle = ReturnType<typeof createThrottle>
/** Counters, and how a client address is counted. */
export type Limits = {
  signInsPerAccount: AttemptLimit
  signInsPerBrowser: AttemptLimit
  requestsPerAddress: AttemptLimit
  codesPerRegistration: AttemptLimit
  codesPerEmail: AttemptLimit
  codesPerAddress: AttemptLimit
  codesOfAll: AttemptLimit
  toAddressKey(ip: string): string
}

/** Guessing is bounded before anything is hashed. A browser that signed in before has a lane of its own. */
export function createThrottle({ limits, knownBrowser }: { limits: Limits; knownBrowser: KnownBrowser }) {
  async function reserve(limit: AttemptLimit, key: string) {
    const reservation = await limit.reserve(hashSecret(key))
    if (reservation.waitSeconds === null) return reservation
    throw new PortalError('too_many_attempts', { retryAfterSeconds: reservation.waitSeconds })
  }

  /** Sign-ups, new links and the like: so many a minute from one client address. */
  async function request(req: Request): Promise<void> {
    await reserve(limits.requestsPerAddress, limits.toAddressKey(req.ip ?? ''))
  }

  /**
   * Counts a sign-in before it is tried. `succeeded` takes it off the account's counter (never off the address'), so that
   * nobody's own success clears what others did.
   */
  async function signIn(req: Request, res: Response, login: string) {
    const browser = knownBrowser.find(req, login)
    if (!browser) await request(req)
    const reservation = browser
      ? await reserve(limits.signInsPerBrowser, browser)
      : await reserve(limits.signInsPerAccount, login)
    return {
      /** What could not be tried, because too many others are trying, is not counted. */
      async make<T>(work: () => Promise<T>): Promise<T> {
        try {
          return await work()
        } catch (failure) {
          if (failure instanceof PortalError && failure.code === 'overloaded') await reservation.release()
          throw failure
        }
      },
      /** Takes it off the account's counter, and leaves no mark in the client. */
      release: reservation.release,
      async succeeded(names: string[]): Promise<void> {
        await reservation.release()
        knownBrowser.remember(req, res, names)
      },
    }
  }

  /**
   * Counts a mailed code before it is looked at, alike for every address. `proofs` are those with a try left: each registration
   * has five. Who goes from one registration to the next is stopped by what the mailbox, the client and the portal bear.
   */
  async function code(req: Request, res: Response, { email, proofs }: { email: string; proofs: string[] }) {
    const counted = [
      await reserve(limits.codesPerAddress, limits.toAddressKey(req.ip ?? '')),
      await reserve(limits.codesPerEmail, email),
      await reserve(limits.codesOfAll, 'all'),
    ]
    const tries = await Promise.all(
      proofs.map((proof) => limits.codesPerRegistration.reserve(hashSecret(proof))),
    )
    return {
      proofs: proofs.filter((_, index) => tries[index]?.waitSeconds === null),
      async succeeded(names: string[]): Promise<void> {
        await Promise.all(counted.map(({ release }) => release()))
        knownBrowser.remember(req, res, names)
      },
    }
  }

  return { request, signIn, code }
}
