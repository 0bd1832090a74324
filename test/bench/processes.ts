import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'

const SERVER_CORE = '0'
const LOAD_CORE = '1'

/** From here on this process and all it starts stay on the load's core; servers get the other one. */
export function takeLoadCore(): void {
  execFileSync('taskset', ['-cp', LOAD_CORE, String(process.pid)])
}

export function startOnServerCore(
  file: URL,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
) {
  const command = ['-c', SERVER_CORE, process.execPath, file.pathname, ...args]
  const child = spawn('taskset', command, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.once('exit', () => child.kill())
  return child
}

/** Milliseconds until the address answers. */
export async function waitUntilUp(url: string): Promise<number> {
  const beganAt = performance.now()
  for (;;) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    )
    if (isUp) return performance.now() - beganAt
    await wait(5)
  }
}

export async function stop(child: ChildProcess): Promise<void> {
  child.stdout?.resume()
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

/** All that the process writes to standard output. */
export async function readOutput(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  await once(child, 'close')
  return text
}
