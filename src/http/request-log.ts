import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { pinoHttp } from 'pino-http'
import type { Log } from '../platform/log.ts'

const LONGEST = 256

/** One line per request: the address without its query, which may hold what opens a door. */
export function createRequestLog(log: Log): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (_req, res) => {
      const id = randomUUID()
      res.setHeader('x-request-id', id)
      return id
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'request_id', responseTime: 'ms' },
    serializers: {
      req: ({ method, url, raw }) => ({
        method,
        path: String(url).split('?')[0]?.slice(0, LONGEST),
        ip: (raw as { ip?: string }).ip,
        user_agent: raw.headers['user-agent']?.slice(0, LONGEST),
      }),
      res: ({ statusCode }) => ({ status: statusCode }),
    },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
  }) as unknown as RequestHandler
}
