import type { Application, RequestHandler } from 'express'
import { PortalError } from '../errors.ts'

export type Route = { path: string; methods: string[]; matches(path: string): boolean }
type Layer = {
  route?: { path: string | string[]; methods: Record<string, boolean> }
  handle: { stack?: Layer[] }
  match(path: string): boolean
}

/** Every address of the portal with its methods, read from the routers themselves. */
export function listRoutes(app: Application): Route[] {
  return collect((app.router as unknown as { stack: Layer[] }).stack)
}

/** 405 with what would be allowed where only the method is wrong, 404 elsewhere. */
export function createNotFound(app: Application): RequestHandler {
  let routes: Route[] | null = null
  return (req, res, next) => {
    routes ??= listRoutes(app)
    const paths = [req.path, req.path.replace(/^\/api\/v1(?=\/)/, '')]
    const meant = routes.filter((route) => paths.some(route.matches))
    const allowed = new Set(meant.flatMap(({ methods }) => methods))
    if (allowed.size === 0) return next(new PortalError('not_found'))
    res.set('allow', [...allowed].join(', '))
    next(new PortalError('method_not_allowed'))
  }
}

function collect(stack: Layer[]): Route[] {
  return stack.flatMap((layer) => {
    if (!layer.route) return layer.handle.stack ? collect(layer.handle.stack) : []
    const methods = Object.keys(layer.route.methods).map((method) => method.toUpperCase())
    const withHead = methods.includes('GET') ? [...methods, 'HEAD'] : methods
    const matches = (path: string) => layer.match(path)
    return [layer.route.path].flat().map((path) => ({ path, methods: withHead, matches }))
  })
}
