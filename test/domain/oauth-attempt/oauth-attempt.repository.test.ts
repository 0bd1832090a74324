import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOAuthAttemptRepository } from '../../../src/domain/oauth-attempt/oauth-attempt.repository.ts'
import { openDatabase } from '../../../src/platform/database.ts'
import { createEncryption } from '../../../src/platform/encryption.ts'
import { applyMigrations } from '../../../src/platform/migrations.ts'
import { stores } from '../../support/stores.ts'

const now = new Date('2026-11-21T12:00:00Z')
const minutes = (count: number) => new Date(now.getTime() + count * 60_000)
const key = (stateHash: string, browserHash = 'browser') => ({ stateHash, browserHash, provider: 'google' })
const attempt = (
  stateHash: string,
  { createdAt = now, expiresAt = minutes(10), browserHash = 'browser' } = {},
) => ({
  ...key(stateHash, browserHash),
  purpose: 'sign-in' as const,
  remember: true,
  returnTo: '/account?x=1',
  sessionId: null,
  typed: null,
  createdAt,
  expiresAt,
})

for (const { name, open } of stores.filter(({ name }) => name !== 'SQLite and Redis')) {
  test(`attempts to sign in are kept for their browser, for one use and for a while (${name})`, async (t) => {
    await using store = await open()
    await applyMigrations(store.settings.DATABASE_URL)
    const sql = await openDatabase({ url: store.settings.DATABASE_URL })
    t.after(sql.close)
    const attempts = createOAuthAttemptRepository(sql.database, createEncryption(['a key for tests']))

    await t.test('one of twenty who come at once gets it, and nobody later', async () => {
      await attempts.insert(attempt('raced'))
      const taken = await Promise.all(Array.from({ length: 20 }, () => attempts.take(key('raced'))))
      assert.deepEqual(
        taken.filter((each) => each !== null),
        [attempt('raced')],
      )
      assert.equal(await attempts.take(key('raced')), null)
    })

    await t.test(
      'another browser and another provider get nothing and use nothing up; who comes too late learns what it was for',
      async () => {
        await attempts.insert(attempt('kept'))
        assert.equal(await attempts.take(key('kept', 'other')), null)
        assert.equal(await attempts.take({ ...key('kept'), provider: 'other' }), null)
        assert.equal((await attempts.take(key('kept')))?.purpose, 'sign-in')
      },
    )

    await t.test('the oldest of one browser are forgotten, those of others are not', async () => {
      for (let count = 0; count < 7; count++)
        await attempts.insert(attempt(`numbered ${count}`, { createdAt: minutes(count) }))
      await attempts.insert(attempt('foreign', { browserHash: 'other' }))
      await attempts.forgetOldest('browser', 5)

      const found = await Promise.all(
        Array.from({ length: 7 }, (_, count) => attempts.take(key(`numbered ${count}`))),
      )
      assert.deepEqual(
        found.map((each) => each !== null),
        [false, false, true, true, true, true, true],
      )
      assert.ok(await attempts.take(key('foreign', 'other')))
    })

    await t.test(
      'the form that waits for a proof comes back whole, and the database cannot read it',
      async () => {
        const typed = { email: 'ada@new.example', note: '“quoted”, 测试' }
        await attempts.insert({ ...attempt('proof'), purpose: 'proof', sessionId: 'ses_1', typed })

        const row = await sql.database.oAuthAttempt.findUniqueOrThrow({ where: { stateHash: 'proof' } })
        assert.doesNotMatch(String(row.typed), /ada|quoted/)
        const taken = await attempts.take(key('proof'))
        assert.deepEqual([taken?.sessionId, taken?.typed], ['ses_1', typed])
      },
    )

    await t.test(
      'what a version without purposes began is still a sign-in or a proof, and never a link',
      async () => {
        const purposes = []
        for (const sessionId of [null, 'ses_1']) {
          await attempts.insert({ ...attempt('before'), sessionId })
          await sql.database.oAuthAttempt.updateMany({ data: { purpose: null } })
          purposes.push((await attempts.take(key('before')))?.purpose)
        }
        assert.deepEqual(purposes, ['sign-in', 'proof'])
      },
    )

    await t.test('expired attempts are swept away, and nothing else', async () => {
      await attempts.insert(attempt('old', { expiresAt: minutes(1) }))
      await attempts.insert(attempt('young', { expiresAt: minutes(3) }))
      assert.equal(await attempts.deleteExpired(minutes(2), 10), 1)
      assert.ok(await attempts.take(key('young')))
    })
  })
}
