import { closeInTime } from './closing.ts'
import type { Config } from './config.ts'
import type { MyPrimary } from './crew/my-primary.ts'
import type { Log } from './platform/log.ts'
import { startPortal } from './web-process.ts'

/** One of several processes behind one port. Throws CannotStart. */
export async function serveUnder(primary: MyPrimary, config: Config, log: Log) {
  const portal = await startPortal(config, { log, role: primary.role, askOthers: primary.askOthers })

  async function leave() {
    await closeInTime(portal, config, log)
    await sayCounted()
    process.exit(0)
  }

  async function sayCounted() {
    const figures = await portal.services.metrics?.read()
    if (figures) await primary.report({ report: 'counted', figures })
  }

  // Somebody may signal every process of the portal: only the primary hurries anybody.
  process.on('SIGTERM', leave)
  process.on('SIGINT', leave)
  process.on('SIGHUP', () => {})
  primary.on('chores', portal.beginChores)
  primary.on('drain', leave)
  primary.on('read', sayCounted)
  primary.on('retire', () => portal.retire().then(leave))
  await primary.report({ report: 'serving' })
}
