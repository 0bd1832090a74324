import { Cluster, Redis } from 'ioredis'
import { type RedisAddress, readRedisAddress } from './redis-address.ts'

export type RedisClient = ReturnType<typeof openRedisClient>

const COMMAND_TIMEOUT_MS = 250
const CONNECT_TIMEOUT_MS = 500
const DISCONNECT_TIMEOUT_MS = 100
const RECONNECT_AT_MOST_MS = 500
const PROBE_LASTS_MS = 1_000

/** Keys that belong together share a slot of a cluster by having one of these names in braces. */
export const SLOT_NAMES = Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'))

const retry = (attempt: number) => Math.min(attempt * 50, RECONNECT_AT_MOST_MS)
const connection = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
}
const alone = { ...connection, enableOfflineQueue: false, retryStrategy: retry }

/** Connects in the background, and holds no command back: those that cannot be sent at once fail. */
export function openRedisClient(url: string) {
  const address = readRedisAddress(url)
  return address.kind === 'cluster' ? openCluster(address) : openOne(address)
}

function openOne(address: Exclude<RedisAddress, { kind: 'cluster' }>) {
  const client = address.kind === 'single' ? new Redis(address.url, alone) : openBySentinels(address)
  return {
    client,
    nodes: () => [client],
    onLost: (lose: () => void) => client.on('close', lose),
    writeEverywhere: async () => {
      await client.set('gh:probe', '', 'PX', PROBE_LASTS_MS)
    },
    /** The commands of one turn leave in one write. (ioredis can do that too, but then answered commands are freed late.) */
    sendTogether() {
      const { stream } = client
      if (!stream || stream.writableCorked > 0) return
      stream.cork()
      setImmediate(() => stream.uncork())
    },
  }
}

/** The sentinels say who is the master, and when it is another. */
function openBySentinels(address: Extract<RedisAddress, { kind: 'sentinel' }>) {
  const { hosts, master, sentinelPassword, isTls, kind: _, ...login } = address
  return new Redis({
    ...alone,
    ...login,
    sentinels: hosts,
    name: master,
    failoverDetector: true,
    sentinelRetryStrategy: retry,
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    ...(sentinelPassword && { sentinelPassword }),
    ...(isTls && { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true }),
  })
}

/**
 * All masters together count as one Redis. Which of them is asked must not change unnoticed, because a new master may have lost
 * what the old one knew. So no command follows a redirection, and only `writeEverywhere` finds out who the masters are.
 */
function openCluster({ hosts, username, password, isTls }: Extract<RedisAddress, { kind: 'cluster' }>) {
  const tls = isTls && { tls: {} }
  const client = new Cluster(hosts, {
    redisOptions: { ...connection, username, password, ...tls },
    enableOfflineQueue: false,
    maxRedirections: 0,
    slotsRefreshInterval: 0,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    clusterRetryStrategy: retry,
    // A certificate is for the name, not for what it resolves to.
    ...(isTls && {
      dnsLookup: (name: string, done: (error: null, address: string) => void) => done(null, name),
    }),
  })
  return {
    client,
    nodes: () => client.nodes('master'),
    onLost(lose: () => void) {
      client.on('close', lose)
      client.on('-node', ({ options }: Redis) => options.readOnly || lose())
    },
    async writeEverywhere() {
      await new Promise<void>((resolve, reject) =>
        client.refreshSlotsCache((error) => (error ? reject(error) : resolve())),
      )
      await Promise.all(SLOT_NAMES.map((name) => client.set(`gh:{${name}}:probe`, '', 'PX', PROBE_LASTS_MS)))
    },
    sendTogether() {},
  }
}
