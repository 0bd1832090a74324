import { randomUUID } from 'node:crypto'
import { copyFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type ChildServer, openGuard, startServer } from './child-server.ts'
import { findFreePort } from './free-port.ts'

const whenMissing =
  'redis-server is not installed. On Debian and Ubuntu: apt-get install redis-server. On macOS: brew install redis.'

export type RedisServer = Awaited<ReturnType<typeof openRedis>>

/** A redis-server of its own, empty, without persistence. */
export async function openRedis({ settings: more = {} }: { settings?: Record<string, string> } = {}) {
  const port = await findFreePort()
  const guard = await openGuard({ stopSignal: 'KILL' })
  const data = join(guard.folder, 'dump.rdb')
  const copy = join(guard.folder, 'snapshot.rdb')
  let server: ChildServer | null = null

  async function start() {
    const settings = {
      port: `${port}`,
      bind: '127.0.0.1',
      dir: guard.folder,
      save: '',
      appendonly: 'no',
      ...more,
    }
    server = await startServer({
      guard,
      command: 'redis-server',
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      readyLine: /Ready to accept connections/,
      whenMissing,
    })
  }

  async function kill() {
    await server?.stop('SIGKILL')
    server = null
  }

  function signal(name: 'SIGSTOP' | 'SIGCONT') {
    if (server) process.kill(server.pid, name)
  }

  const command = (...words: string[]) => askRedis(port, words)

  await start().catch(async (failure) => {
    await guard.close()
    throw failure
  })

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command,
    /** In a cluster a replica answers for its master's keys only to who says that this is meant. */
    commandAsReplica: (...words: string[]) => askRedis(port, words, { isReplica: true }),
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    /** On the same port, with nothing in it. */
    async restart() {
      await kill()
      await start()
    },
    async snapshot() {
      await command('SAVE')
      await rename(data, copy)
    },
    /** On the same port, knowing what it knew at the last `snapshot()`. */
    async restoreSnapshot() {
      await kill()
      await copyFile(copy, data)
      await start()
      await rm(data)
    },
    /** What clients asked for meanwhile, in order; what a script does inside is not counted. */
    async commandsDuring(work: () => Promise<unknown>): Promise<string[][]> {
      const connection = connect(port)
      const monitor = await connection.monitor()
      monitor.on('error', () => {})
      const seen: string[][] = []
      const end = randomUUID()
      try {
        const over = new Promise<void>((resolve) => {
          monitor.on('monitor', (_time: string, words: string[], source: string) => {
            if (words[1] === end) resolve()
            else if (source !== 'lua') seen.push(words)
          })
        })
        await work()
        await command('ECHO', end)
        await over
        return seen
      } finally {
        monitor.disconnect()
        connection.disconnect()
      }
    },
    close: guard.close,
  }
}

/** One command on a connection of its own. */
export async function askRedis(
  port: number,
  [name = 'PING', ...args]: string[],
  { isReplica = false } = {},
): Promise<unknown> {
  const connection = connect(port)
  try {
    if (isReplica) await connection.readonly().catch(() => {})
    return await connection.call(name, ...args)
  } finally {
    connection.disconnect()
  }
}

function connect(port: number) {
  const connection = new Redis(port, '127.0.0.1', {
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: () => null,
  })
  connection.on('error', () => {})
  return connection
}
