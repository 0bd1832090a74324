import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { openCutOff } from './cut-off.ts'
import { openPostgres } from './postgres.ts'
import { openRedis } from './redis.ts'

test('a connection passes, is refused, falls silent and is cut, as the test says', async () => {
  const redis = await openRedis()
  const line = await openCutOff({ port: redis.port })
  const ask = (connection = dial(line.port)) => connection.ping().finally(() => connection.disconnect())
  try {
    assert.equal(await ask(), 'PONG')

    line.refuse()
    await assert.rejects(ask())

    line.blackHole()
    await assert.rejects(ask(), /timed out/)

    line.pass()
    const connection = dial(line.port)
    assert.equal(await connection.ping(), 'PONG')
    line.blackHole()
    line.pass()
    await assert.rejects(connection.ping(), /timed out/)
    connection.disconnect()

    const other = dial(line.port)
    await other.ping()
    const ended = new Promise((resolve) => other.once('close', resolve))
    line.cut()
    await ended
    assert.equal(line.connections(), 0)
  } finally {
    await line.close()
    await redis.close()
  }
})

test('a commit whose answer was cut off is committed', async () => {
  const postgres = await openPostgres()
  const { url } = await postgres.createDatabase()
  const line = await openCutOff({ port: Number(new URL(url).port) })
  const direct = new Client({ connectionString: url })
  const client = new Client({ connectionString: line.through(url) })
  client.on('error', () => {})
  try {
    await direct.connect()
    await direct.query('CREATE TABLE visits (path text)')
    await client.connect()
    await client.query('BEGIN')
    await client.query("INSERT INTO visits VALUES ('/login')")

    const happened = line.cutBeforeAnswerTo('COMMIT')
    await assert.rejects(client.query('COMMIT'))
    await happened

    assert.equal((await direct.query('SELECT path FROM visits')).rowCount, 1)
  } finally {
    await direct.end()
    await line.close()
    await postgres.close()
  }
})

function dial(port: number) {
  const connection = new Redis(port, '127.0.0.1', { commandTimeout: 200, retryStrategy: () => null })
  connection.on('error', () => {})
  return connection
}
