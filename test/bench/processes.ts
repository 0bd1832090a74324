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

/** `npm start`, as a person would: milliseconds until it answers. It is ended with all that it started. */
export async function timeNpmStart(env: Record<string, string>, url: string): Promise<number> {
  const child = spawn('taskset', ['-c', SERVER_CORE, 'npm', 'start'], {
    cwd: new URL('../../', import.meta.url),
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  })
  const exited = once(child, 'exit')
  const ms = await waitUntilUp(url)
  if (child.pid) process.kill(-child.pid, 'SIGTERM')
  await exited
  while (await isUp(url)) await wait(5)
  return ms
}

/** Milliseconds until the address answers. */
export async function waitUntilUp(url: string): Promise<number> {
  const beganAt = performance.now()
  while (!(await isUp(url))) await wait(5)
  return performance.now() - beganAt
}

const isUp = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  )

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
