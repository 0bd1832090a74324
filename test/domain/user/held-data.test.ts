import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idOf } from '../../support/office.ts'
import { ada } from '../../support/people.ts'
import { openPortal } from '../../support/portal.ts'

test('however much is held of somebody, only a page of it is read before that page is taken', async () => {
  await using portal = await openPortal({ people: [ada] })
  const id = await idOf(portal, ada)
  const event = { action: 'session.started', subjectId: id, ip: '', userAgent: '', requestId: '' }
  const record = (ids: string[]) =>
    portal.database.auditEvent.createMany({ data: ids.map((id) => ({ ...event, id, at: new Date() })) })
  await record(Array.from({ length: 1_500 }, (_, index) => `many-${index}`))

  const sizes: number[] = []
  const held = await portal.services.repositories.heldData.find({ id })
  for await (const page of held?.events ?? []) {
    if (sizes.length === 0) await record(['recorded-meanwhile'])
    sizes.push(page.length)
  }

  assert.deepEqual(sizes, [1_000, 501])
})
