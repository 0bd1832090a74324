import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findFreePort } from './free-port.ts'
import { openRedis, type RedisServer } from './redis.ts'

const SETTINGS = {
  'cluster-enabled': 'yes',
  'cluster-node-timeout': '2000',
  // A replica that was cut off for long may take over all the same: tests want the worst one.
  'cluster-replica-validity-factor': '0',
  'repl-diskless-sync-delay': '0',
}
const SHORTLY_MS = 50

export type RedisCluster = Awaited<ReturnType<typeof openRedisCluster>>

/** Three masters, each with a replica, put together by redis-cli as an operator would. */
export async function openRedisCluster() {
  const busPorts = await Promise.all(Array.from({ length: 6 }, findFreePort))
  const nodes = await Promise.all(
    busPorts.map((busPort) => openRedis({ settings: { ...SETTINGS, 'cluster-port': `${busPort}` } })),
  )
  const [first] = nodes as [RedisServer]
  const addresses = nodes.map(({ port }, index) => `127.0.0.1:${port}@${busPorts[index]}`)
  await promisify(execFile)('redis-cli', [
    ...['--cluster', 'create', ...addresses],
    ...['--cluster-replicas', '1', '--cluster-yes'],
  ])
  for (const node of nodes) await until(async () => /cluster_state:ok/.test(await info(node, 'CLUSTER')))
  for (const node of nodes) await until(async () => !/master_link_status:down/.test(await info(node)))
  await until(async () => (await listSlots(first)).every(({ ports }) => ports.length === 2))

  const findNode = (port: number) => nodes.find((node) => node.port === port) as RedisServer

  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    /** Whose key it is, as a node that lives sees it. */
    async findOwner(key: string, witness = first) {
      const slot = Number(await witness.command('CLUSTER', 'KEYSLOT', key))
      const range = (await listSlots(witness)).find(({ begin, end }) => slot >= begin && slot <= end)
      const [master, ...replicas] = (range?.ports ?? []).map(findNode)
      return { master: master as RedisServer, replicas }
    },
    async close() {
      await Promise.all(nodes.map((node) => node.close()))
    },
  }
}

/** Asks again until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await pause(SHORTLY_MS)
}

async function info(node: RedisServer, what = 'REPLICATION') {
  return String(await (what === 'CLUSTER' ? node.command('CLUSTER', 'INFO') : node.command('INFO', what)))
}

async function listSlots(node: RedisServer) {
  const ranges = (await node.command('CLUSTER', 'SLOTS')) as [number, number, ...[string, number][]][]
  return ranges.map(([begin, end, ...owners]) => ({ begin, end, ports: owners.map(([, port]) => port) }))
}

/** From now on the replica hears nothing any more of what the master is told. */
export async function cutReplication(master: RedisServer): Promise<void> {
  await master.command('ACL', 'SETUSER', 'default', '-psync', '-sync')
  await master.command('CLIENT', 'KILL', 'TYPE', 'replica')
}
