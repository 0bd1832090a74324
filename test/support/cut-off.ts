import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

type Connection = { client: Socket; server: Socket; isSilent: boolean; held: Buffer[] | null }
type Trap = { match: string | RegExp; spring: () => void }

export type CutOff = Awaited<ReturnType<typeof openCutOff>>

/** A TCP connection to `port` that a test can cut: point the client at the port of this instead. */
export async function openCutOff({ host = '127.0.0.1', port }: { host?: string; port: number }) {
  const connections = new Set<Connection>()
  let mode: 'pass' | 'refuse' | 'black-hole' = 'pass'
  let trap: Trap | null = null
  let holdTrap: Trap | null = null
  const counters = new Set<(bytes: Buffer) => void>()

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => {})
    if (mode === 'refuse') return client.resetAndDestroy()

    const server = connect({ host, port, allowHalfOpen: true, noDelay: true }).on('error', () => {})
    const connection: Connection = { client, server, isSilent: mode === 'black-hole', held: null }
    connections.add(connection)
    client.on('data', (bytes) => {
      if (connection.isSilent) return
      for (const count of counters) count(bytes)
      if (holdTrap && includes(bytes, holdTrap.match)) hold(connection, holdTrap)
      if (connection.held) return connection.held.push(bytes)
      server.write(bytes)
      if (trap && includes(bytes, trap.match)) hideAnswer(connection, trap)
    })
    server.on('data', (bytes) => connection.isSilent || client.write(bytes))
    client.on('end', () => connection.isSilent || server.end())
    server.on('end', () => connection.isSilent || client.end())
    client.on('close', () => connection.isSilent || destroy(connection))
    server.on('close', () => connection.isSilent || destroy(connection))
  })

  function hold(connection: Connection, { spring }: Trap) {
    holdTrap = null
    connection.held = []
    spring()
  }

  /** The server reads all it was sent and hangs up by itself, so its work is done when the client learns of the cut. */
  function hideAnswer(connection: Connection, { spring }: Trap) {
    trap = null
    connection.isSilent = true
    connection.server.end()
    connection.server.once('close', () => {
      destroy(connection)
      spring()
    })
  }

  function destroy(connection: Connection) {
    connections.delete(connection)
    const { client, server } = connection
    // Reset while its own end is on its way, a socket of Node 24 is never closed and holds the process for ever.
    if (client.writableEnded) client.destroy()
    else client.resetAndDestroy()
    server.destroy()
  }

  function cut() {
    for (const connection of connections) destroy(connection)
  }

  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  const ownPort = (listener.address() as AddressInfo).port

  return {
    port: ownPort,
    /** The same address, by way of here. */
    through(url: string) {
      return url.replace(`:${port}`, `:${ownPort}`)
    },
    connections: () => connections.size,
    /** New connections pass; those that fell into a black hole stay silent until they are cut. */
    pass() {
      mode = 'pass'
    },
    refuse() {
      mode = 'refuse'
      cut()
    },
    blackHole() {
      mode = 'black-hole'
      for (const connection of connections) connection.isSilent = true
    },
    cut,
    /**
     * Once: what matches reaches the server and is done there, then the connection breaks without an answer.
     * The promise resolves when that has happened.
     */
    cutBeforeAnswerTo: (match: string | RegExp) =>
      new Promise<void>((resolve) => {
        trap = { match, spring: resolve }
      }),
    /** Once: what matches, and all that the same connection says after it, waits until `release()`. */
    holdFrom: (match: string | RegExp) =>
      new Promise<void>((resolve) => {
        holdTrap = { match, spring: resolve }
      }),
    release() {
      holdTrap = null
      for (const connection of connections) {
        for (const bytes of connection.held ?? []) connection.server.write(bytes)
        connection.held = null
      }
    },
    /** How often clients say this while `work` is done. */
    async countDuring(match: RegExp, work: () => Promise<unknown>): Promise<number> {
      let found = 0
      const count = (bytes: Buffer) => {
        found += bytes.toString('latin1').match(match)?.length ?? 0
      }
      counters.add(count)
      await work()
      counters.delete(count)
      return found
    },
    async close() {
      cut()
      listener.close()
      await once(listener, 'close')
    },
  }
}

function includes(bytes: Buffer, match: string | RegExp) {
  const text = bytes.toString('latin1')
  return typeof match === 'string' ? text.includes(match) : match.test(text)
}
