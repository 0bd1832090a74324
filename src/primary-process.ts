import { sayWhereToGo } from './banner.ts'
import { toCloseWithinMs } from './closing.ts'
import type { Config } from './config.ts'
import { createCrew } from './crew/crew.ts'
import { createFigures } from './crew/figures.ts'
import { hireFor } from './crew/hire.ts'
import { openReloadSocket } from './crew/reload-socket.ts'
import { systemClock } from './platform/clock.ts'
import type { Log } from './platform/log.ts'
import { onSignals } from './signals.ts'

/** Starts workers behind one port, and serves nothing itself. Ends the process when the first cannot start. */
export async function leadWorkers(config: Config, log: Log) {
  const hire = hireFor(config)
  const figures = createFigures()
  const crew = createCrew({
    size: config.workers,
    hire: (role) => figures.follow(hire(role)),
    giveUp(reason) {
      log.fatal({ reason }, 'no worker serves, and none can be started')
      process.exit(1)
    },
    clock: systemClock,
    log,
  })
  const reason = await crew.start()
  if (reason !== null) {
    crew.killAll()
    console.error(reason)
    process.exit(1)
  }

  const socket = openReloadSocket(config, { reload: crew.reload, log })
  onSignals({
    async stop() {
      log.info('closing: requests that are under way may finish')
      socket.close()
      await crew.close(toCloseWithinMs(config))
      process.exit(0)
    },
    stopAtOnce() {
      crew.killAll()
      process.exit(1)
    },
    reload: () => void crew.reload(),
  })
  sayWhereToGo(config, log)
}
