import { createApp } from '../../src/app.ts'
import { listRoutes } from '../../src/http/not-found.ts'
import type { Portal } from './portal.ts'

export type Address = { path: string; methods: string[]; isApi: boolean }

/** Google's button is there; whoever it leads to is not. */
export const withGoogle = {
  GOOGLE_CLIENT_ID: 'portal',
  GOOGLE_CLIENT_SECRET: 'a-client-secret-for-tests',
  GOOGLE_ISSUER: 'http://127.0.0.1:9',
}

/** Every address that the portal answers, read from its routers: a new one is found by itself. */
export function listAddresses({ config, world, services }: Portal): Address[] {
  const routes = listRoutes(createApp(config, world, services))
  return [...new Set(routes.map((route) => route.path))].flatMap((pattern) => {
    const path = pattern.replaceAll(/:\w+/g, '1')
    const methods = new Set(routes.filter((route) => route.matches(path)).flatMap((route) => route.methods))
    const isApi = /^\/auth\/(?!oauth\/)|^\/users(\/|$)/.test(path)
    const speaksJson = isApi || /^\/(api\/v1\/|health|openapi\.json$|\.well-known\/)/.test(path)
    const address = { path, methods: [...methods], isApi: speaksJson }
    return isApi ? [address, { ...address, path: `/api/v1${path}` }] : [address]
  })
}

/** Every method of every address, as in `GET /users/:id`; what is also under /api/v1 once. */
export function listRequests({ config, world, services }: Portal): string[] {
  const requests = listRoutes(createApp(config, world, services)).flatMap(({ path, methods }) =>
    methods
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method} ${path.replace(/^\/api\/v1(?=\/(auth|users))/, '')}`),
  )
  return [...new Set(requests)].toSorted()
}

/** Those that may change something. */
export function listChangingAddresses(portal: Portal): { method: string; path: string; isApi: boolean }[] {
  return listAddresses(portal).flatMap(({ methods, path, isApi }) =>
    methods.filter((method) => !['GET', 'HEAD'].includes(method)).map((method) => ({ method, path, isApi })),
  )
}

/** All that the portal knows about people, to be compared before and after; when they were last seen is noted once a minute. */
export async function readEverything({ database }: Portal): Promise<string> {
  const tables = await Promise.all([
    database.user.findMany({ omit: { failedSignIns: true } }),
    database.session.findMany({ omit: { lastSeenAt: true, idleExpiresAt: true } }),
    database.identity.findMany(),
    database.oneTimeLink.findMany(),
    database.outgoingMail.findMany(),
    database.oAuthAttempt.findMany(),
    database.tokenFamily.findMany(),
  ])
  return JSON.stringify(tables, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
}
