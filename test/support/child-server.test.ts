import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rmdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'
import { SHARED } from './postgres.ts'

const program = `
  const { openRedis } = await import('${import.meta.resolve('./redis.ts')}')
  const { openPostgres } = await import('${import.meta.resolve('./postgres.ts')}')
  const [redis, postgres] = await Promise.all([openRedis(), openPostgres({ fsync: false })])
  const database = await postgres.createDatabase()
  console.log(JSON.stringify([redis.port, Number(new URL(database.url).port)]))
  await ENDING`

const endings = {
  'ends by itself': '0',
  'throws outside of every test': "setTimeout(() => { throw new Error('unexpected') })",
  'is interrupted': "process.kill(process.pid, 'SIGINT')",
  'is killed': "process.kill(process.pid, 'SIGKILL')",
}

for (const [ending, line] of Object.entries(endings)) {
  const promise = `nothing remains of Redis and PostgreSQL when a process that did not close them ${ending}`
  test(promise, { timeout: 30_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-endings-'))
    await chmod(folder, 0o755)
    const child = spawn(process.execPath, ['--input-type=module', '-e', program.replace('ENDING', line)], {
      env: { ...process.env, [SHARED.url]: '', TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const closed = once(child, 'close')
    const errors = child.stderr.toArray()
    const isOver = closed.then(async () => assert.fail(`it ended too soon: ${(await errors).join('')}`))
    const [output] = await Promise.race([once(child.stdout, 'data'), isOver])
    isOver.catch(() => {})
    const ports: number[] = JSON.parse(output)
    assert.equal((await readdir(folder)).length, 2)
    await closed

    while ((await readdir(folder)).length > 0) await pause(20)
    for (const port of ports) assert.equal(await isListening(port), false)
    await rmdir(folder)
  })
}

test('a free port is one that no client dials from', async () => {
  const port = await findFreePort()
  assert.ok(port < 32_768)
  assert.equal(await isListening(port), false)
})

async function isListening(port: number) {
  const socket = connect(port, '127.0.0.1')
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
