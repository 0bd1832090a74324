import { EventEmitter } from 'node:events'
import { Redis } from 'ioredis'
import { createBreaker } from './breaker.ts'

export type RedisLink = ReturnType<typeof openRedis>

const COMMAND_TIMEOUT_MS = 250
const CONNECT_TIMEOUT_MS = 500
const DISCONNECT_TIMEOUT_MS = 100
const RECONNECT_AT_MOST_MS = 500
const NEW_CONNECTION_AFTER_MS = 500
const PROBE_LASTS_MS = 1_000

/** Connects in the background; a Redis that is away fails commands at once instead of holding them. */
export function openRedis(url: string) {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_AT_MOST_MS),
  })
  const breaker = createBreaker(probe)
  const events = new EventEmitter<{ lost: []; found: [wholeForMs: number] }>()
  let state: 'new' | 'found' | 'lost' = 'new'
  let readySinceMs = 0

  client.on('error', () => {})
  client.on('close', lose)
  client.on('ready', () => {
    readySinceMs = performance.now()
    if (breaker.isOpen()) breaker.probeNow()
    else void find()
  })
  breaker.events.on('open', lose)
  breaker.events.on('close', find)

  /** A write, because a Redis that cannot be written to is no use. Who is silent or a replica by now is left for a new connection. */
  async function probe() {
    try {
      await client.set('gh:probe', '', 'PX', PROBE_LASTS_MS)
    } catch (error) {
      const isDead = error instanceof Error && /timed out|^READONLY/.test(error.message)
      const wasTried =
        client.status === 'ready' && performance.now() - readySinceMs >= NEW_CONNECTION_AFTER_MS
      if (isDead && wasTried) client.disconnect(true)
      throw error
    }
  }

  function lose() {
    if (state === 'lost') return
    state = 'lost'
    events.emit('lost')
  }

  async function find() {
    if (client.status !== 'ready' || state === 'found') return
    const before = state
    const wholeForMs = before === 'new' ? await readUptimeMs() : 0
    if (state !== before) return
    state = 'found'
    events.emit('found', wholeForMs)
  }

  async function readUptimeMs() {
    const text = await client.info('server').catch(() => '')
    return Number(/uptime_in_seconds:(\d+)/.exec(text)?.[1] ?? 0) * 1_000
  }

  return {
    client,
    /**
     * `lost`: the connection broke or too many commands failed. `found`: Redis answers, and has forgotten nothing for so many
     * milliseconds.
     */
    events,
    isUp: () => client.status === 'ready' && !breaker.isOpen(),
    /** Null when Redis could not be asked or did not answer in time: the command may still have happened. */
    run: <T>(command: (client: Redis) => Promise<T>) =>
      breaker.run(() => {
        sendTogether(client)
        return command(client)
      }),
    close() {
      events.removeAllListeners()
      breaker.close()
      client.disconnect()
    },
  }
}

/** The commands of one turn leave in one write. (ioredis can do that itself, in a way that keeps what is done from being freed early.) */
function sendTogether({ stream }: Redis) {
  if (!stream || stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}
