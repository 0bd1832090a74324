import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LinkKind } from '../../../src/domain/one-time-link/one-time-link.repository.ts'
import { hashSecret } from '../../../src/domain/secret.ts'
import { DAY_MS, later, SECOND_MS } from '../../../src/domain/time.ts'
import { ada, grace } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

const kind: LinkKind = 'verify-email'
const now = new Date()

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`a link is found until it expires, used once, and replaced by a newer one: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { links } = portal.services.repositories
    const userId = await portal.addPerson(ada)
    const other = await portal.addPerson(grace)
    const link = {
      kind,
      userId,
      email: ada.email,
      codeHash: 'of a code',
      returnTo: null,
      createdAt: now,
      expiresAt: later(now, DAY_MS),
    }
    const second = { ...link, tokenHash: hashSecret('second') }

    await links.replace({ ...link, tokenHash: hashSecret('first') })
    await links.replace({ ...link, tokenHash: hashSecret('of grace'), userId: other, email: grace.email })
    await links.replace(second)

    assert.equal(await links.find(kind, 'first', now), null)
    assert.equal((await links.find(kind, 'second', now))?.userId, userId)
    assert.equal((await links.find(kind, 'of grace', now))?.email, grace.email)
    assert.equal(await links.find(kind, 'second', later(now, DAY_MS + SECOND_MS)), null)
    assert.equal(await links.find('another-kind' as LinkKind, 'second', now), null)

    assert.equal(await links.use(second, later(now, DAY_MS + SECOND_MS)), false)
    assert.equal(await links.use({ ...second, kind: 'another-kind' as LinkKind }, now), false)
    const uses = await Promise.all(Array.from({ length: 20 }, () => links.use(second, now)))
    assert.equal(uses.filter(Boolean).length, 1)
    assert.equal(await links.deleteExpired(later(now, 2 * DAY_MS), 10), 1)
  })

  test(`links of a kind can be good side by side: ${name}`, async () => {
    await using store = await open()
    await using portal = await openPortal({ settings: store.settings })
    const { links } = portal.services.repositories
    const userId = await portal.addPerson(ada)
    const times = { createdAt: now, expiresAt: later(now, DAY_MS) }
    const link = { kind, userId, email: ada.email, codeHash: null, returnTo: null, ...times }

    await links.add({ ...link, tokenHash: hashSecret('first') })
    await links.add({ ...link, tokenHash: hashSecret('second') })
    await links.replace({ ...link, tokenHash: hashSecret('third') })

    for (const token of ['first', 'second', 'third'])
      assert.equal((await links.find(kind, token, now))?.userId, userId)
  })
}
