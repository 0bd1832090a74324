import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openGuard, startServer } from './child-server.ts'
import { findFreePort } from './free-port.ts'

const whenMissing = 'prometheus is not installed. On Debian and Ubuntu: apt-get install prometheus.'
const ASK_AGAIN_AFTER_MS = 50

export type Result = { metric: Record<string, string>; value: [time: number, value: string] }
type Target = { port: number; token: string }

/** A Prometheus of its own that reads one portal's /metrics four times a second, as docs/operating.md says. */
export async function openPrometheus({ port: portalPort, token }: Target) {
  const port = await findFreePort()
  const guard = await openGuard({ stopSignal: 'KILL' })
  const config = join(guard.folder, 'prometheus.yml')
  await writeFile(
    config,
    `scrape_configs:
  - job_name: gatehouse
    scrape_interval: 250ms
    scrape_timeout: 250ms
    authorization: { credentials: ${token} }
    static_configs: [{ targets: ['127.0.0.1:${portalPort}'] }]
`,
  )
  const server = await startServer({
    guard,
    command: 'prometheus',
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(guard.folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    readyLine: /Server is ready to receive web requests/,
    whenMissing,
  }).catch(async (failure) => {
    await guard.close()
    throw failure
  })

  /** Throws for an expression that Prometheus does not understand. */
  async function query(expression: string): Promise<Result[]> {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`
    const answer = (await (await fetch(url)).json()) as { error?: string; data?: { result: Result[] } }
    if (!answer.data) throw new Error(`${expression}: ${answer.error}`)
    return answer.data.result
  }

  return {
    query,

    /** Until it has read the portal so many more times. */
    async scrapes(count: number): Promise<void> {
      const read = async () => Number((await query('count_over_time(up[1h])'))[0]?.value[1] ?? 0)
      const until = (await read()) + count
      while ((await read()) < until) await sleep(ASK_AGAIN_AFTER_MS)
    },

    async [Symbol.asyncDispose]() {
      await server.stop('SIGKILL')
      await guard.close()
    },
  }
}

/** What promtool says; throws when it finds fault. */
export function promtool(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' })
  if (error) throw new Error(whenMissing, { cause: error })
  if (status !== 0) throw new Error(stdout + stderr)
  return stdout
}
