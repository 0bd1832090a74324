import type { Request, RequestHandler, Response } from 'express'

/**
 * A page that is the same for all requests without a cookie, query or credentials is rendered once. Any other request, and any
 * other spelling of the address, is passed on, so nothing about a visitor can get into what is kept.
 */
export function sameForVisitors(address: string): RequestHandler {
  let page: Buffer | null = null
  return (req, res, next) => {
    if (bringsSomething(req, address) || !req.app.enabled('view cache')) return next()
    if (page) return sendPage(res, page)
    const send = res.send
    res.send = (html) => {
      if (res.statusCode === 200) page = Buffer.from(html)
      return send.call(res, html)
    }
    next()
  }
}

function bringsSomething({ url, headers }: Request, address: string): boolean {
  return url !== address || headers.cookie !== undefined || headers.authorization !== undefined
}

function sendPage(res: Response, page: Buffer): void {
  res.setHeader('content-type', 'text/html; charset=utf-8')
  res.setHeader('content-length', page.length)
  res.end(page)
}
