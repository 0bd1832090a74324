import type { Request, RequestHandler } from 'express'
import type { Log } from '../platform/log.ts'
import { numberRequest } from './trace.ts'

const LONGEST = 256

/**
 * One line per request: the address without its query, which may hold a secret. Successful reads are logged at
 * `debug`: session checks are polled. (pino-http makes a logger per request, an eighth of what a check took.)
 */
export function createRequestLog(log: Log): RequestHandler {
  // Everything in these lines is named below, so there is nothing to redact.
  const lines = log.child({}, { redact: [] })
  return (req, res, next) => {
    const beganAtMs = performance.now()
    const { method, path } = req
    const { id, traceId } = numberRequest(req)
    req.id = id
    req.log = log
    res.setHeader('x-request-id', id)
    if (traceId) res.setHeader('traceresponse', `00-${id}-00`)
    rememberAddress(req)
    res.on('close', () => {
      const { statusCode } = res
      const level = statusCode >= 500 ? 'warn' : method === 'GET' && statusCode < 400 ? 'debug' : 'info'
      if (!log.isLevelEnabled(level)) return
      const line = {
        request_id: id,
        ...(traceId && { trace_id: traceId }),
        method,
        path: path.slice(0, LONGEST),
        status: statusCode,
        ms: Math.round(performance.now() - beganAtMs),
        ip: req.ip,
        user_agent: req.headers['user-agent']?.slice(0, LONGEST),
        ...(!res.writableFinished && { aborted: true }),
      }
      lines[level](line, 'request')
    })
    next()
  }
}

/** The peer's address is lost when it hangs up, so it is read first. The proxies' headers can wait for the log line. */
function rememberAddress({ socket }: Request) {
  return socket.remoteAddress
}
