import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'

for (const { name, open } of stores) {
  test(`a sign-in that cannot be recorded in the audit log does not happen (${name})`, async () => {
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: store.settings })
    const signIn = () => portal.client.post('/auth/login', { login: ada.email, password: ada.password })
    await portal.database.$executeRawUnsafe('ALTER TABLE audit_events RENAME TO audit_events_away')

    assert.equal((await signIn()).status, 500)
    assert.equal(await portal.database.session.count(), 0)

    await portal.database.$executeRawUnsafe('ALTER TABLE audit_events_away RENAME TO audit_events')
    assert.equal((await signIn()).status, 200)
    assert.equal(await portal.database.session.count(), 1)
  })
}
