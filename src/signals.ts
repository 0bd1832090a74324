import { isatty } from 'node:tty'

/** Ctrl+C and supervisors signal both npm and the portal, and npm passes it on: a second one this soon is the same signal. */
const SAME_SIGNAL_MS = 1_000

type Answers = {
  /** The first signal to stop, or the end of the terminal it was started at. */
  stop(): void
  /** A later one: whoever sends it does not want to wait. */
  stopAtOnce(): void
  /** SIGHUP from a person or a supervisor. */
  reload(): void
}

export function onSignals({ stop, stopAtOnce, reload }: Answers): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
  let stoppingSinceMs: number | null = null

  function stopOrHurry() {
    if (stoppingSinceMs === null) {
      stoppingSinceMs = performance.now()
      stop()
    } else if (performance.now() - stoppingSinceMs >= SAME_SIGNAL_MS) stopAtOnce()
  }

  process.on('SIGTERM', stopOrHurry)
  process.on('SIGINT', stopOrHurry)
  process.on('SIGHUP', () => {
    const isTerminalGone = terminals.some((descriptor) => !isatty(descriptor))
    if (isTerminalGone) stopOrHurry()
    else reload()
  })
}
