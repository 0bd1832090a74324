import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Request } from 'express'
import { toProblem } from './problem.ts'
import { sentences } from './sentences.ts'

type Asked = IncomingMessage & Partial<Pick<Request, 'id' | 'isApi'>>

const { status, title } = sentences.temporarily_unavailable
const detail = 'The portal is restarting and may not have finished this. Please try again shortly.'

/**
 * For requests still waiting when the process has to end. Written straight to the connection: the handler goes on and finds
 * nobody to answer. False where nobody is waiting, or an answer has begun.
 */
export function giveLastAnswer(socket: Socket, res: ServerResponse<Asked> | undefined): boolean {
  if (res?.socket !== socket || res.headersSent) return false
  socket.write(writeAnswer(res.req))
  socket.destroySoon()
  return true
}

function writeAnswer({ method, isApi, id = '' }: Asked): string {
  const problem = toProblem({ status, code: 'temporarily_unavailable', title, detail, request_id: id })
  const body = isApi ? JSON.stringify(problem) : `${title}. ${detail}`
  const head = [
    `HTTP/1.1 ${status} Service Unavailable`,
    `Content-Type: ${isApi ? 'application/problem+json' : 'text/plain'}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Retry-After: 1',
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`
}
