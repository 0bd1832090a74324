import { fileURLToPath } from 'node:url'
import cors from 'cors'
import express, { type Express } from 'express'
import type { Config } from './config.ts'
import { createHealthApi } from './features/health/health.api.ts'
import { createMetricsApi } from './features/metrics/metrics.api.ts'
import { createAskForProof } from './features/reauthenticate/reauthenticate.pages.ts'
import { listAreas, tellArea } from './http/areas.ts'
import { createDevelopmentBar } from './http/development-bar.ts'
import { closeConnectionsWhen } from './http/draining.ts'
import { answerWithProblem, createErrorHandler, lastWords } from './http/error-handler.ts'
import { forApi, forPages, tellFace } from './http/face.ts'
import { listFormPages } from './http/form-pages.ts'
import { createHttp } from './http/http.ts'
import { knownHostOnly } from './http/known-host.ts'
import { createNotFound } from './http/not-found.ts'
import { createPageLocals, formatTime } from './http/page-locals.ts'
import { createRequestLog } from './http/request-log.ts'
import { createRequestMetrics } from './http/request-metrics.ts'
import { sameOriginOnly } from './http/same-origin.ts'
import { createSecurityHeaders } from './http/security-headers.ts'
import { createStaticFiles } from './http/static-files.ts'
import { tellOfUnknownProxy } from './http/unknown-proxy.ts'
import { deriveKeys } from './platform/keys.ts'
import type { Log } from './platform/log.ts'
import { openPortalFiles } from './platform/portal-files.ts'
import {
  createApiRoutes,
  createBusyWays,
  createDocsRoutes,
  createPageRoutes,
  createWellKnownRoutes,
} from './routes.ts'
import type { World } from './wiring/world.ts'
import type { Services } from './wiring.ts'

const views = fileURLToPath(new URL('../views/', import.meta.url))
const API = ['/api/v1', '/auth', '/users']

/** The path of every request, in order. Opens nothing. */
export function createApp(
  config: Config,
  { log, redis, clock, metrics }: World,
  services: Services,
): Express {
  const http = createHttp({
    sessions: services.sessions,
    accessTokens: services.accessTokens,
    limits: services.limits,
    redis: redis?.client ?? null,
    keysFor: (purpose) => deriveKeys(config.secretKeys, purpose),
    portal: config.baseUrl,
    isProofOptional: config.isProofOptional,
    clock,
  })
  const { assets, logo } = openPortalFiles(config)
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', config.trustProxy)
  app.set('query parser', 'simple')
  app.set('etag', false)
  app.set('views', views)
  app.set('view engine', 'ejs')
  app.set('view cache', config.environment !== 'development')
  // BASE_URL says how people reach the portal; whether the last hop was encrypted does not matter.
  Object.defineProperty(app.request, 'secure', { get: () => config.isHttps })
  app.locals.portal = { name: config.portalName, baseUrl: config.baseUrl, ...config.brand, logo }
  app.locals.google = config.google !== null
  app.locals.registration = config.registration !== 'closed'
  app.locals.mailboxShown = config.mailboxShown
  app.locals.sendsMail = config.sendsMail
  app.locals.formatTime = formatTime
  app.locals.asset = assets.address

  closeConnectionsWhen(app, services.health.isLeaving)

  const api = forApi(createApiRoutes(services, http, config))
  const areas = listAreas({ ...config, ...services.identities })
  const notFound = createNotFound(app)
  const knownHost = knownHostOnly(config.baseUrl, config.otherHosts)
  const sameOrigin = sameOriginOnly({ portal: config.baseUrl, allowed: config.corsOrigins })

  app.use(createSecurityHeaders(config))
  app.use(createRequestLog(log))
  if (metrics) app.use(createRequestMetrics(metrics.tally.observeRequest))
  if (config.trustProxy === false) app.use(tellOfUnknownProxy(log))
  app.use(tellFace)
  if (config.corsOrigins.length > 0) app.use(API, cors({ origin: config.corsOrigins }))
  app.use(createBusyWays(services, http, config, [knownHost, sameOrigin]))
  app.use((req, res, next) => (req.method === 'OPTIONS' ? notFound(req, res, next) : next()))
  app.use(forApi(createHealthApi(services)))
  if (services.metrics && config.metrics?.port === null)
    app.use(forApi(createMetricsApi({ ...config.metrics, metrics: services.metrics })))
  app.use(createStaticFiles(assets))
  app.use(tellArea(areas))
  app.use(knownHost)
  app.use(forApi(createWellKnownRoutes(services, config)))
  app.use(createDocsRoutes(config))
  app.use(sameOrigin)
  app.use(http.sessions.recognise)
  app.use('/api/v1', api)
  app.use(api)
  app.use(createPageLocals(http.cookies, areas))
  if (config.environment === 'development') app.use(createDevelopmentBar(services.outbox))
  app.use(forPages(createPageRoutes(services, http, config)))
  app.use(notFound)
  app.use(
    createErrorHandler({
      cookies: http.cookies,
      forms: listFormPages(services.register),
      askForProof: createAskForProof(services.reauthenticate),
    }),
  )
  app.use(lastWords)
  return app
}

type WithMetrics = { metrics: NonNullable<Services['metrics']>; token: string | null; log: Log }

/** What METRICS_PORT answers: nothing else. */
export function createMetricsApp({ metrics, token, log }: WithMetrics): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use(createRequestLog(log))
  app.use(tellFace)
  app.use(createMetricsApi({ metrics, token }))
  app.use(createNotFound(app))
  app.use(answerWithProblem)
  return app
}
