import { parseCookie } from 'cookie'
import { sign, unsign } from 'cookie-signature'
import type { Request, Response } from 'express'

export type Cookies = ReturnType<typeof createCookies>
type Settings = { isHttps: boolean; keys: Buffer[] }

/** Other blanks belong to the name (RFC 6265bis §5.6): browsers let any host plant a `__Host-…` that begins with one. */
const BLANKS_AROUND = /^[ \t]+|[ \t]+$/g

/**
 * Small signed cookies. Over https their names begin with `__Host-`, so no other host can plant them. The name is signed
 * with the value: one cookie cannot stand in for another.
 */
export function createCookies({ isHttps, keys }: Settings) {
  const [key] = keys
  const fullName = (name: string) => (isHttps ? `__Host-${name}` : name)
  const attributes = { httpOnly: true, sameSite: 'lax', secure: isHttps, path: '/' } as const

  return {
    fullName,
    attributes,

    readAll: (req: Request) => parseCookie(req.headers.cookie ?? ''),

    /** Every value that came under a name, as it was sent: of two, one was planted. */
    readEvery(req: Request, name: string): string[] {
      const prefix = `${fullName(name)}=`
      const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.replace(BLANKS_AROUND, ''))
      return pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length))
    },

    /** Null unless it was written here. */
    read(req: Request, name: string): string | null {
      const value = parseCookie(req.headers.cookie ?? '')[fullName(name)]
      if (!value) return null
      const prefix = `${name}=`
      const signed = keys.map((each) => unsign(prefix + value, each)).find((text) => text !== false)
      return typeof signed === 'string' ? signed.slice(prefix.length) : null
    },

    /** Without `maxAgeMs` it lasts as long as the browser is open. */
    write(res: Response, name: string, value: string, { maxAgeMs }: { maxAgeMs?: number } = {}) {
      const prefix = `${name}=`
      const signed = sign(prefix + value, key as Buffer).slice(prefix.length)
      res.cookie(fullName(name), signed, { ...attributes, maxAge: maxAgeMs })
    },

    clear(res: Response, name: string) {
      res.clearCookie(fullName(name), attributes)
    },
  }
}
