import { EventEmitter } from 'node:events'
import { Redis } from 'ioredis'
import { createBreaker } from './breaker.ts'

export type RedisLink = ReturnType<typeof openRedis>

const COMMAND_TIMEOUT_MS = 250
const CONNECT_TIMEOUT_MS = 500
const RECONNECT_AT_MOST_MS = 500

/** Connects in the background; a Redis that is away fails commands at once instead of holding them. */
export function openRedis(url: string) {
  const client = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, RECONNECT_AT_MOST_MS),
  })
  const breaker = createBreaker(() => client.ping())
  const events = new EventEmitter<{ lost: []; found: [] }>()

  client.on('error', () => {})
  client.on('close', () => events.emit('lost'))
  client.on('ready', () => events.emit('found'))
  breaker.events.on('open', () => events.emit('lost'))
  breaker.events.on('close', () => events.emit('found'))

  return {
    client,
    /** `lost`: the connection broke or too many commands failed in a row. `found`: Redis answers again. */
    events,
    isUp: () => client.status === 'ready' && !breaker.isOpen(),
    /** Null when Redis could not be asked or did not answer in time: the command may still have happened. */
    run: <T>(command: (client: Redis) => Promise<T>) => breaker.run(() => command(client)),
    close() {
      breaker.close()
      client.disconnect()
    },
  }
}
