import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findFreePort } from './free-port.ts'
import { ada } from './people.ts'
import { createClient } from './visitor.ts'

const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url))
const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'

/** A portal that can be killed. */
export async function openProcess(settings: Record<string, string>) {
  const port = await findFreePort()
  const baseUrl = `http://localhost:${port}`
  const folder = await openProcessFolder()
  const child = spawn(process.execPath, [serverFile], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      PORT: String(port),
      DATA_DIR: folder.path,
      SECRET_KEY,
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = once(child.stderr, 'data')
  const client = createClient(baseUrl)
  await said

  async function kill() {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await folder[Symbol.asyncDispose]()
  }

  return {
    client,
    signIn: async (): Promise<string> =>
      (await client.post('/auth/login', { login: ada.email, password: ada.password })).body.session.id,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

export async function openProcessFolder() {
  const path = await mkdtemp(join(tmpdir(), 'gatehouse-process-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
