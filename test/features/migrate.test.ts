import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openShell } from '../support/command-line.ts'
import { openPostgres } from '../support/postgres.ts'

test('gatehouse migrate says what is missing, changes nothing while it only looks, and then applies it', async () => {
  const database = await (await openPostgres({ fsync: false })).createDatabase()
  for (const settings of [{ DATABASE_URL: database.url }, { DATABASE_URL: 'file:./portal.db' }]) {
    await using shell = await openShell(settings)
    const migrate = async (...args: string[]) => {
      const { code, output, errors } = await shell.gatehouse(['migrate', '--json', ...args])
      assert.equal(errors, '')
      return { code, ...JSON.parse(output) }
    }

    const looked = await migrate('--check')
    assert.equal(looked.code, 1)
    assert.ok(looked.pending.length > 2)
    assert.deepEqual(await migrate(), { code: 0, applied: looked.pending })
    assert.deepEqual(await migrate('--check'), { code: 0, pending: [] })
  }
  await database.drop()
})
