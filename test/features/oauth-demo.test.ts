import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../support/free-port.ts'
import { openTravel } from '../support/google/travel.ts'
import { createVisitor } from '../support/visitor.ts'

const program = fileURLToPath(new URL('../support/demo.ts', import.meta.url))

/** Starts the demo as `npm run demo` does, with data of its own. */
async function openDemo(settings: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const env = { PATH: process.env.PATH, NODE_ENV: '', DATA_DIR: join(folder, 'data'), ...settings }
  const demo = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(demo, 'close').then(([exitCode]) => exitCode as number)
  let output = ''
  for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (chunk) => (output += chunk))

  return {
    demo,
    ended,
    output: () => output,
    /** Resolves when the demo has said this, or has ended. */
    async said(words: string) {
      while (!output.includes(words)) {
        const hasEnded = await Promise.race([
          once(demo.stderr, 'data').then(() => false),
          ended.then(() => true),
        ])
        assert.ok(!hasEnded || output.includes(words), output)
      }
    },
    async [Symbol.asyncDispose]() {
      demo.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function signInAsAda(baseUrl: string) {
  const visitor = createVisitor(baseUrl)
  const { headers } = await visitor.submit('/auth/oauth/google')
  const url = new URL(headers.refresh?.replace('0; url=', '') ?? assert.fail())
  const callback = await openTravel(url.origin).answer(url.href, { persona: 'ada' })
  await visitor.visit(callback.replace(baseUrl, ''))
  return { visitor, issuer: url.origin }
}

test('the demo shows where to go, lets you sign in as Ada, and leaves nothing behind', async () => {
  const port = await findFreePort()
  await using running = await openDemo({ PORT: String(port), REDIS_URL: 'redis://127.0.0.1:1' })
  await running.said('Press Ctrl+C to stop both')
  assert.match(running.output(), new RegExp(`Gatehouse is open at http://localhost:${port}`))
  assert.match(running.output(), /Ada Lovelace/)

  const { visitor, issuer } = await signInAsAda(`http://localhost:${port}`)
  assert.match((await visitor.visit('/account')).text, /ada\.lovelace@gmail\.com/)
  running.demo.kill('SIGINT')

  assert.equal(await running.ended, 0)
  await assert.rejects(fetch(issuer))
  await assert.rejects(fetch(`http://localhost:${port}`))
})

test('accounts made in the demo are still there the next time', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  t.after(() => rm(data, { recursive: true, force: true }))
  const port = await findFreePort()
  const settings = { PORT: String(port), DATA_DIR: data }
  let visitor = createVisitor(`http://localhost:${port}`)
  {
    await using first = await openDemo(settings)
    await first.said('Press Ctrl+C to stop both')
    visitor = (await signInAsAda(`http://localhost:${port}`)).visitor
    first.demo.kill('SIGTERM')
    assert.equal(await first.ended, 0)
  }

  await using second = await openDemo(settings)
  await second.said('Press Ctrl+C to stop both')

  assert.match((await visitor.visit('/account')).text, /ada\.lovelace@gmail\.com/)
})

test('the demo refuses to run in production, in one sentence', async () => {
  await using running = await openDemo({ NODE_ENV: 'production' })
  assert.equal(await running.ended, 1)
  assert.match(running.output(), /^The demo .+NODE_ENV=production\.\n$/)
})

test('the demo says kindly that its port is taken', async (t) => {
  const other = createServer().listen(0, 'localhost')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as { port: number }

  await using running = await openDemo({ PORT: String(port) })

  assert.equal(await running.ended, 1)
  assert.match(
    running.output(),
    new RegExp(`^Port ${port} is in use by another program\\..+PORT=${port + 1} npm run demo\n$`),
  )
})

test('the offline Google does not outlive a demo that was killed', async () => {
  const port = await findFreePort()
  await using running = await openDemo({ PORT: String(port) })
  await running.said('Press Ctrl+C to stop both')
  const { issuer } = await signInAsAda(`http://localhost:${port}`)
  const connection = await fetch(issuer).then(() => 'open')
  assert.equal(connection, 'open')

  running.demo.kill('SIGKILL')
  await running.ended // its output closes with the last process that writes to it

  await assert.rejects(fetch(issuer))
})
