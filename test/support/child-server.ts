import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Reads pids until our end of the pipe closes, which it does however this process ends; then stops the last one.
const guardScript = `
while read -r next; do pid=$next; done
if [ -n "$pid" ]; then
  kill -"$1" "$pid"; kill -CONT "$pid"
  rounds=0
  while kill -0 "$pid" && [ $rounds -lt 200 ]; do sleep 0.05; rounds=$((rounds + 1)); done
fi 2>/dev/null
rm -rf "$2"`

/** A temporary folder, and a watch over the server that lives in it: both vanish with this process. */
export async function openGuard({ stopSignal }: { stopSignal: 'KILL' | 'QUIT' }) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const guard = spawn('sh', ['-c', guardScript, 'guard', stopSignal, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const gone = once(guard, 'exit')
  const pipe = guard.stdin as Socket
  pipe.on('error', () => {})
  guard.unref()
  pipe.unref()

  return {
    folder,
    watch(child: ChildProcess) {
      pipe.write(`${child.pid}\n`)
      child.once('exit', () => pipe.writable && pipe.write('\n'))
    },
    async close() {
      guard.ref()
      pipe.end()
      await gone
    },
  }
}

type ServerStart = {
  guard: Awaited<ReturnType<typeof openGuard>>
  command: string
  args: string[]
  readyLine: RegExp
  whenMissing: string
  user?: { uid?: number; gid?: number }
}

export type ChildServer = Awaited<ReturnType<typeof startServer>>

/** Resolves when the server has said that it accepts connections; it does not keep this process alive. */
export async function startServer({ guard, command, args, readyLine, whenMissing, user }: ServerStart) {
  const child = spawn(command, args, {
    ...user,
    cwd: guard.folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  if (child.pid) guard.watch(child)
  const streams = [child.stdout, child.stderr] as Socket[]

  await new Promise<void>((resolve, reject) => {
    let output = ''
    child.once('error', (cause) => reject(new Error(whenMissing, { cause })))
    child.once('exit', () => reject(new Error(`${command} ended before it was ready:\n${output}`)))
    for (const stream of streams) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-4000)
        if (readyLine.test(output)) resolve()
      })
    }
  })
  child.unref()
  for (const stream of streams) stream.unref()

  return {
    pid: child.pid as number,
    async stop(signal: 'SIGKILL' | 'SIGQUIT') {
      child.ref()
      child.kill(signal)
      child.kill('SIGCONT')
      await gone
    },
  }
}
