import { RedisStore } from 'connect-redis'
import type { SessionData } from 'express-session'
import { hashSecret } from '../domain/secret.ts'
import type { NewSession, SessionService } from '../domain/session/session.service.ts'
import { toSessionId } from '../domain/session/session.ts'
import type { LiveSession } from '../domain/session/session-check.ts'
import type { Renewal } from '../domain/session/session-renewal.ts'
import { PortalError } from '../errors.ts'

declare module 'express-session' {
  interface SessionData {
    /** A session that is about to begin. */
    begin?: NewSession
    /** A session that is about to go on under this secret. */
    renewal?: Renewal
    /** The session that was read. */
    live?: LiveSession
  }
}

type Callback<T = unknown> = (error?: unknown, value?: T) => void
type Dependencies = {
  sessions: SessionService
  /** Null where there is no Redis: the sessions then live in SQL alone. */
  redis: object | null
}

/** Finds what Redis holds about every session; ids are hashes of secrets there. */
const ANY_SESSION = 'gh:{??}:s:'
const serializer = {
  stringify: JSON.stringify,
  parse: (text: string) => (text.startsWith('T') ? { ended: true } : JSON.parse(text)),
}
const nowhere = { ip: 'unknown', userAgent: '', requestId: '' }

/**
 * express-session's store, built on connect-redis'. A plain store's `set` and `destroy` would revive ended sessions and sign
 * people out in an outage, so these four methods ask the session service instead.
 */
export class SessionStore extends RedisStore {
  readonly #sessions: SessionService

  constructor({ sessions, redis }: Dependencies) {
    super({ client: redis ?? {}, prefix: ANY_SESSION, serializer })
    this.#sessions = sessions
  }

  override async get(secret: string, callback: Callback<SessionData | null> = () => {}) {
    try {
      const check = await this.#sessions.check(secret)
      callback(null, check.state === 'live' ? ({ cookie: {}, live: check } as SessionData) : null)
    } catch (error) {
      callback(error)
    }
  }

  /** The first `set` inserts the session. Later ones replace the copy that was read, if it is still that one. */
  override async set(secret: string, data: SessionData, callback: Callback = () => {}) {
    try {
      if (data.begin) await this.#sessions.start(secret, data.begin)
      else if (data.renewal) await this.#renew(secret, data.renewal)
      else if (data.live) await this.#sessions.saveCopy(secret, data.live)
      callback()
    } catch (error) {
      callback(error)
    }
  }

  async #renew(secret: string, renewal: Renewal) {
    if (!(await this.#sessions.renew(secret, renewal))) throw new PortalError('session_ended')
  }

  override async touch(secret: string, data: SessionData, callback: Callback = () => {}) {
    if (data.live) this.#sessions.markSeen(secret, data.live)
    callback()
  }

  override async destroy(secret: string, callback: Callback = () => {}) {
    try {
      await this.#sessions.end(toSessionId(hashSecret(secret)), { reason: 'signed-out', origin: nowhere })
      callback()
    } catch (error) {
      callback(error)
    }
  }

  /** Would remove the tombstones along with the copies. */
  override async clear(callback: Callback = () => {}) {
    callback(new Error('sessions are ended one by one or by user'))
  }
}
