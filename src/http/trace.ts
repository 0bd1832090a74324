import { randomBytes, randomUUID } from 'node:crypto'
import type { Request } from 'express'

/** `traceId` is null where no trace goes on here. */
export type RequestId = { id: string; traceId: string | null }

/** Version 00, and neither id all zeros (W3C Trace Context §3.2). */
const TRACEPARENT = /^00-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}$/

/**
 * A number of its own for every request: trace and span where a trusted proxy began a trace, so that both find it. Strangers
 * are not believed: they could make many requests look like one.
 */
export function numberRequest(req: Request): RequestId {
  const { traceparent } = req.headers
  const traceId = traceparent === undefined ? null : readTraceId(req, String(traceparent))
  if (traceId === null) return { id: randomUUID(), traceId }
  return { id: `${traceId}-${randomBytes(8).toString('hex')}`, traceId }
}

function readTraceId({ app, socket }: Request, traceparent: string): string | null {
  const isOurs = app.get('trust proxy fn')(socket.remoteAddress ?? '', 0)
  return isOurs ? (TRACEPARENT.exec(traceparent)?.[1] ?? null) : null
}
