import { ServerResponse } from 'node:http'
import type { Express } from 'express'

/** Once the process is to end, every answer says that its connection closes, even one already in progress. */
export function closeConnectionsWhen(app: Express, isLeaving: () => boolean): void {
  const writeHead = ServerResponse.prototype.writeHead as (...args: unknown[]) => ServerResponse
  Object.assign(app.response, {
    writeHead(this: ServerResponse, ...args: unknown[]) {
      if (isLeaving()) this.shouldKeepAlive = false
      return writeHead.apply(this, args)
    },
  })
}
