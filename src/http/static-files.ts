import type { RequestHandler } from 'express'
import { PortalError } from '../errors.ts'
import type { Asset, Assets, Encoding } from '../platform/assets.ts'
import { tameDrawing } from './security-headers.ts'

const STATIC = /^\/(css|js|img)\//
/** What browsers fetch without having been told. */
const UNASKED_ICON = '/favicon.ico'
const ICON = '/img/favicon.ico'
const ENCODINGS: Encoding[] = ['br', 'gzip']
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Kept, but revalidated each time. */
const ASK_AGAIN = 'no-cache'

/** /css, /js and /img, compressed. An address with a hash is kept for ever; one with an older hash gives what there is now. */
export function createStaticFiles(assets: Assets): RequestHandler {
  return async (req, res, next) => {
    const path = req.path === UNASKED_ICON ? ICON : req.path
    const found = STATIC.test(path) && assets.find(path)
    if (!found) return next()
    if (!['GET', 'HEAD'].includes(req.method)) {
      res.set('allow', 'GET, HEAD')
      throw new PortalError('method_not_allowed')
    }
    const { asset, isExact } = found
    if (asset.extension === '.svg') tameDrawing(res)
    const encoding = asset.isText ? ENCODINGS.find((each) => req.acceptsEncodings(each)) : undefined
    if (encoding) res.set('content-encoding', encoding)
    res.set('cache-control', isExact ? FOR_EVER : ASK_AGAIN)
    res.set('etag', `"${asset.hash}${encoding ? `-${encoding}` : ''}"`)
    res.vary('accept-encoding').type(asset.extension)
    res.send(await toBody(asset, encoding))
  }
}

async function toBody(asset: Asset, encoding: Encoding | undefined): Promise<Buffer> {
  return encoding ? asset.encode(encoding) : asset.body
}
