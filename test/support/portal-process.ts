import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from './free-port.ts'

const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url))

export type Folder = Awaited<ReturnType<typeof openFolder>>

/** Whatever was started in it is gone when the test is over. */
export async function openFolder() {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-server-'))
  const children: ChildProcess[] = []
  return {
    path,
    children,
    port: await findFreePort(),
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL')
      // Workers end a moment after their primary, and may still write.
      await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

/** The portal as its own process, in an environment that has nothing but what is given. */
export function start({ path, port, children }: Folder, settings: Record<string, string>) {
  const child = spawn(process.execPath, [serverFile], {
    cwd: path,
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const texts = { output: '', errors: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    texts.output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    texts.errors += text
  })
  const exitCode = once(child, 'close').then(([code]) => code as number | null)

  return {
    child,
    port,
    exitCode,
    output: () => texts.output,
    errors: () => texts.errors,
    async untilSaid(words: RegExp) {
      while (!words.test(texts.output)) {
        await Promise.race([once(child.stdout, 'data'), exitCode.then(() => assert.fail(texts.errors))])
      }
    },
  }
}

/** Tells it to stop until it has, as somebody who does not want to wait. Answers with what ends that. */
export function insist(child: ChildProcess): () => void {
  child.kill('SIGTERM')
  const telling = setInterval(() => child.kill('SIGTERM'), 200)
  return () => clearInterval(telling)
}
