import type { Request, Response } from 'express'
import type { Cookies } from './cookies.ts'

export type Flash = { tone: 'success' | 'info' | 'warning'; text: string }

const NAME = 'flash'
const LASTS_MS = 60_000

/** A sentence for the next page, in a short signed cookie: visitors have no session to keep it in. */
export function writeFlash(cookies: Cookies, res: Response, flash: Flash): void {
  cookies.write(res, NAME, Buffer.from(JSON.stringify(flash)).toString('base64url'), { maxAgeMs: LASTS_MS })
}

/** It is gone once a page was rendered; a redirect passes it on. */
export function takeFlash(cookies: Cookies, req: Request, res: Response): Flash | null {
  const value = cookies.read(req, NAME)
  if (!value) return null
  const { render } = res
  res.render = (...given: unknown[]) => {
    cookies.clear(res, NAME)
    Reflect.apply(render, res, given)
  }
  return JSON.parse(Buffer.from(value, 'base64url').toString('utf8'))
}
