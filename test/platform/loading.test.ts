import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadOnce } from '../../src/platform/loading.ts'

test('what is loaded is loaded once for all who ask, and what could not be is tried again', async () => {
  let loads = 0
  const ask = loadOnce(async () => {
    loads++
    if (loads === 1) throw new Error('too many open files')
    return loads
  })

  const first = await Promise.allSettled([ask(), ask()])
  const later = await Promise.all([ask(), ask()])

  assert.deepEqual(
    first.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.deepEqual(later, [2, 2])
  assert.equal(loads, 2)
})
