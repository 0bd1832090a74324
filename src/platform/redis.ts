import { EventEmitter } from 'node:events'
import { createBreaker } from './breaker.ts'
import { openRedisClient, type RedisClient } from './redis-client.ts'

export type RedisLink = ReturnType<typeof openRedis>
type Client = RedisClient['client']

const NEW_CONNECTION_AFTER_MS = 500
/** Another master has taken over all or some keys, and may not know everything that this one did. */
const ANOTHER_MASTER = /\b(MOVED|ASK|CLUSTERDOWN|READONLY)\b/

/** A Redis that is away fails commands at once instead of holding them. */
export function openRedis(url: string) {
  const { client, nodes, onLost, writeEverywhere, sendTogether } = openRedisClient(url)
  const breaker = createBreaker(probe, { isLost: (error) => ANOTHER_MASTER.test(String(error)) })
  const events = new EventEmitter<{ lost: []; found: [] }>()
  let state: 'new' | 'found' | 'lost' = 'new'
  let readySinceMs = 0
  let isClosed = false

  client.on('error', () => {})
  onLost(() => isClosed || breaker.open())
  client.on('ready', () => {
    readySinceMs = performance.now()
    if (breaker.isOpen()) breaker.probeNow()
    else find()
  })
  breaker.events.on('open', lose)
  breaker.events.on('close', find)

  /** Writes, because a Redis that cannot be written to is no use. One that is silent or now a replica is reconnected. */
  async function probe() {
    try {
      await writeEverywhere()
    } catch (error) {
      const isDead = error instanceof Error && /timed out|READONLY/.test(error.message)
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

  function find() {
    if (client.status !== 'ready' || state === 'found') return
    state = 'found'
    events.emit('found')
  }

  return {
    client,
    /** Every server that holds keys of its own. */
    nodes,
    /**
     * `lost`: a connection broke, another master took over, or too many commands failed. `found`: Redis answers, and may have lost
     * data before that.
     */
    events,
    isUp: () => client.status === 'ready' && !breaker.isOpen(),
    /** Null when Redis could not be asked or did not answer in time: the command may still have happened. */
    run: <T>(command: (client: Client) => Promise<T>) =>
      breaker.run(() => {
        sendTogether()
        return command(client)
      }),
    close() {
      isClosed = true
      events.removeAllListeners()
      breaker.close()
      client.disconnect()
    },
  }
}
