import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from './config.ts'
import type { Log } from './platform/log.ts'

/** On top of DRAIN_DELAY: with the usual one that is ten seconds at most. */
const CLOSE_AT_MOST_MS = 9_000

export const toCloseWithinMs = ({ drainDelayMs }: Config) => drainDelayMs + CLOSE_AT_MOST_MS

/** Lets requests finish, and does not wait for ever. */
export async function closeInTime(portal: { close(): Promise<void> }, config: Config, log: Log) {
  const closed = portal.close().catch((error) => log.error({ err: error }, 'not everything could be closed'))
  await Promise.race([closed, sleep(toCloseWithinMs(config))])
}
