import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openGuard, startServer } from './child-server.ts'
import { findFreePort } from './free-port.ts'
import { askRedis, openRedis } from './redis.ts'
import { until } from './redis-cluster.ts'

const MASTER = 'mymaster'

/** A master with one replica, and three sentinels that watch over them. */
export async function openRedisSentinels() {
  const master = await openRedis({ settings: { 'repl-diskless-sync-delay': '0' } })
  const replica = await openRedis({ settings: { replicaof: `127.0.0.1 ${master.port}` } })
  await until(async () => /master_link_status:up/.test(String(await replica.command('INFO', 'REPLICATION'))))
  const sentinels = await Promise.all([1, 2, 3].map(() => openSentinel(master.port)))
  for (const { command } of sentinels)
    await until(async () => /slaves=1,sentinels=3/.test(String(await command('INFO', 'SENTINEL'))))

  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`,
    master,
    replica,
    async close() {
      await Promise.all([...sentinels, master, replica].map((server) => server.close()))
    },
  }
}

async function openSentinel(masterPort: number) {
  const port = await findFreePort()
  const guard = await openGuard({ stopSignal: 'KILL' })
  const settings = join(guard.folder, 'sentinel.conf')
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `sentinel monitor ${MASTER} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${MASTER} 2000`,
    `sentinel failover-timeout ${MASTER} 6000`,
  ]
  await writeFile(settings, lines.join('\n'))
  await startServer({
    guard,
    command: 'redis-server',
    args: [settings, '--sentinel'],
    readyLine: /\+monitor master/,
    whenMissing: 'redis-server is not installed',
  })
  return { port, command: (...words: string[]) => askRedis(port, words), close: guard.close }
}
