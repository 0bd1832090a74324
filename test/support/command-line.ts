import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

export const cliFile = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export type Outcome = { code: number | null; output: string; errors: string }
export type Shell = Awaited<ReturnType<typeof openShell>>
type Settings = Record<string, string>

/** A shell on the portal's machine: nothing is in its environment but what is given. Closes with what was started in it. */
export async function openShell(settings: Settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'))
  const children: ChildProcess[] = []
  const path = `${dirname(process.execPath)}:${process.env.PATH}`

  function start(command: string, args: string[], { extra = {}, cwd = folder } = {}) {
    const child = spawn(command, args, { cwd, env: { PATH: path, ...settings, ...extra } })
    children.push(child)
    child.stdin.on('error', () => {})
    const texts = { output: '', errors: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      texts.output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      texts.errors += text
    })
    const ended = once(child, 'close').then(([code]): Outcome => ({ code, ...texts }))

    return {
      ended,
      type: (text: string) => child.stdin.write(text),
      async untilSaid(words: RegExp) {
        while (!words.test(stripVTControlCharacters(texts.output))) {
          await Promise.race([
            once(child.stdout, 'data'),
            ended.then(({ errors }) => Promise.reject(new Error(`it ended: ${texts.output}${errors}`))),
          ])
        }
      },
      end: (text = '') => child.stdin.end(text),
      /** Nobody reads any more what it says. */
      hangUp: () => child.stdout.destroy(),
    }
  }

  return {
    folder,
    start,

    /** gatehouse …, with what is piped into it; nothing when not given. */
    gatehouse(args: string[], { piped = '', extra = {} }: { piped?: string; extra?: Settings } = {}) {
      const started = start(process.execPath, [cliFile, ...args], { extra })
      started.end(piped)
      return started.ended
    },

    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
