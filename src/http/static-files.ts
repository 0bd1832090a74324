import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type RequestHandler, Router } from 'express'

const publicFolder = fileURLToPath(new URL('../../public/', import.meta.url))
const require = createRequire(import.meta.url)
const ESTIMATOR = { zxcvbn: 'core', 'zxcvbn-common': 'language-common', 'zxcvbn-en': 'language-en' }
const HOUR_SECONDS = 3_600
const STATIC = /^\/(css|js|img)\//i

/** /css, /js and /img, and the password estimator's own files for the browser. Asked for nowhere else: no look at the disk. */
export function createStaticFiles({ isProduction }: { isProduction: boolean }): RequestHandler {
  const router = Router()
  const maxAge = isProduction ? HOUR_SECONDS * 1000 : 0
  for (const [name, module] of Object.entries(ESTIMATOR)) {
    const root = dirname(require.resolve(`@zxcvbn-ts/${module}`))
    router.get(`/js/vendor/${name}.js`, (_req, res) => res.sendFile('zxcvbn-ts.js', { root, maxAge }))
  }
  for (const folder of ['css', 'js', 'img']) {
    router.use(
      `/${folder}`,
      express.static(`${publicFolder}${folder}`, { index: false, redirect: false, maxAge }),
    )
  }
  return (req, res, next) => (STATIC.test(req.path) ? router(req, res, next) : next())
}
