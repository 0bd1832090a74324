import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createIdentityRepository } from '../../../src/domain/identity/identity.repository.ts'
import { createUserRepository } from '../../../src/domain/user/user.repository.ts'
import { openDatabase } from '../../../src/platform/database.ts'
import { applyMigrations } from '../../../src/platform/migrations.ts'
import { stores } from '../../support/stores.ts'

const now = new Date('2026-11-21T12:00:00Z')

for (const { name, open } of stores.filter(({ name }) => name !== 'SQLite and Redis')) {
  test(`an account of Google opens one door (${name})`, async (t) => {
    await using store = await open()
    await applyMigrations(store.settings.DATABASE_URL)
    const sql = await openDatabase({ url: store.settings.DATABASE_URL })
    t.after(sql.close)
    const identities = createIdentityRepository(sql.database)
    const users = createUserRepository(sql.database)
    const addUser = async (email: string) => {
      const details = { emailVerifiedAt: null, wantedUsername: null, displayName: null, passwordHash: null }
      return (await users.insert({ email, ...details, now }))?.id ?? assert.fail()
    }
    const [ada, grace] = [await addUser('ada@example.com'), await addUser('grace@example.com')]
    const identity = (subject: string, userId: string) => ({
      provider: 'google',
      subject,
      userId,
      email: 'ada@gmail.com',
    })

    await t.test('of twenty who claim it at once one gets it', async () => {
      const claims = Array.from({ length: 20 }, (_, count) => identity('1', count % 2 ? ada : grace))
      const gotIt = await Promise.all(claims.map((claim) => identities.insert(claim, now)))
      assert.equal(gotIt.filter(Boolean).length, 1)
    })

    await t.test('it is known by provider and subject, never by its address', async () => {
      await identities.insert(identity('2', ada), now)
      assert.equal((await identities.find({ provider: 'google', subject: '2' }))?.userId, ada)
      assert.equal(await identities.find({ provider: 'google', subject: 'ada@gmail.com' }), null)
      assert.equal(await identities.find({ provider: 'other', subject: '2' }), null)
    })

    await t.test('its use is noted for its own user only, with the address it has now', async () => {
      const key = { provider: 'google', subject: '2' }
      const use = { email: 'ada.king@gmail.com', now }
      assert.equal(await identities.markUsed({ ...key, userId: grace }, use), false)
      assert.equal((await identities.find(key))?.email, 'ada@gmail.com')
      assert.equal(await identities.markUsed({ ...key, userId: ada }, use), true)
      assert.equal((await identities.find(key))?.email, 'ada.king@gmail.com')
      await identities.markUsed({ ...key, userId: ada }, { email: null, now })
      assert.equal((await identities.find(key))?.email, 'ada.king@gmail.com')
    })

    await t.test('all doors of one user can be closed, and those of others stay open', async () => {
      await identities.insert(identity('3', grace), now)
      await identities.deleteAllOfUser(ada)
      assert.deepEqual(await identities.listOfUser(ada), [])
      assert.ok((await identities.listOfUser(grace)).some(({ subject }) => subject === '3'))
    })
  })
}
