import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { signIn } from '../support/sign-in.ts'
import { openWorkers } from '../support/workers.ts'

/** What asks whether a device is new, and the beginning of a transaction to tell of it. */
const MORE = /has_signed_in|BEGIN/g

test('a sign-in from a browser that is known asks the database nothing more, one from another browser does', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const known = one.openVisitor()
  await signIn(known, ada.email)
  await known.submit('/logout')

  const asked = await one.sqlLine.countDuring(MORE, () => signIn(known, ada.email))
  const askedOfOthers = await one.sqlLine.countDuring(MORE, () => signIn(one.openVisitor(), ada.email))

  assert.equal(asked, 0)
  assert.equal(askedOfOthers, 2)
})
