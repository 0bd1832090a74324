import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, grace } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`an address and a username belong to one account each, whoever is faster: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { users } = portal.services.repositories
    const newUser = {
      email: ada.email,
      emailVerifiedAt: null,
      wantedUsername: 'countess',
      displayName: null,
      passwordHash: null,
      now: new Date(),
    }

    const inserted = await Promise.all(Array.from({ length: 8 }, () => users.insert(newUser)))
    assert.equal(inserted.filter((user) => user !== null).length, 1)

    const rivals = [inserted.find((user) => user !== null)?.id ?? '']
    for (let count = 0; count < 4; count++) {
      rivals.push((await users.insert({ ...newUser, email: `rival${count}@example.com` }))?.id ?? '')
    }
    const claims = await Promise.all(rivals.map((id) => users.claimWantedUsername(id)))
    assert.equal(claims.filter(Boolean).length, 1)
  })

  test(`what the portal shows of a person never includes the password hash: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ people: [ada, grace], settings: store.settings })
    const { users } = portal.services.repositories
    const user = await users.findByEmail(ada.email)

    assert.ok(user)
    assert.deepEqual(await users.find(user.id), user)
    assert.deepEqual(
      Object.keys(user).filter((key) => /hash|epoch|wanted/i.test(key)),
      [],
    )
  })
}
