import { sayWhereToGo } from './banner.ts'
import { closeInTime } from './closing.ts'
import type { Config } from './config.ts'
import type { Log } from './platform/log.ts'
import { onSignals } from './signals.ts'
import { startPortal } from './web-process.ts'

/** The whole portal in one process. Throws CannotStart. */
export async function serveAlone(config: Config, log: Log) {
  const portal = await startPortal(config, { log })
  onSignals({
    async stop() {
      log.info('closing: requests that are under way may finish')
      await closeInTime(portal, config, log)
      process.exit(0)
    },
    stopAtOnce: () => process.exit(1),
    reload: () => log.warn('SIGHUP does nothing with WORKERS=1: restart the portal instead'),
  })
  sayWhereToGo(config, log)
}
