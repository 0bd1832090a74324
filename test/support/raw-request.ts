import { once } from 'node:events'
import { request as sendRequest } from 'node:http'
import { connect, type Socket } from 'node:net'

export type RawAnswer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  /** Bytes of the body, as they were sent. */
  size: number
}
type RawRequest = {
  port: number
  method?: string
  path?: string
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

/** One request just as it is given, over a connection of its own. */
export function request({
  port,
  method = 'GET',
  path = '/',
  headers = {},
  body,
}: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = sendRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: false,
    })
    outgoing.on('error', reject)
    outgoing.on('response', async (incoming) => {
      const body = Buffer.concat(await incoming.toArray())
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        text: body.toString('utf8'),
        size: body.length,
      })
    })
    outgoing.end(body)
  })
}

/** A bare connection: bytes out, bytes in. `from` is one of this machine's own addresses. */
export async function openConnection(port: number, { from = '127.0.0.1' } = {}) {
  const socket: Socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true })
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const closed = new Promise((resolve) => socket.once('close', resolve))

  return {
    socket,
    send: (bytes: string | Buffer) => socket.write(bytes),
    received: () => received,
    /** All that came until the other side closed. */
    async untilClosed(): Promise<string> {
      await closed
      return received
    },
    async until(pattern: RegExp): Promise<string> {
      while (!pattern.test(received)) await Promise.race([once(socket, 'data'), closed.then(stop)])
      return received
    },
    close: () => socket.destroy(),
  }
}

function stop(): never {
  throw new Error('the connection was closed')
}

/** Sends bytes and answers with everything that came back until the connection was closed. */
export async function exchange(port: number, bytes: string | Buffer, origin?: { from: string }) {
  const connection = await openConnection(port, origin)
  connection.send(bytes)
  return connection.untilClosed()
}
