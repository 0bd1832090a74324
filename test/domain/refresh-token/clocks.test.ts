import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, SECOND_MS } from '../../../src/domain/time.ts'
import { createTestClock } from '../../support/clock.ts'
import { createProgram, openRefreshing, tokenStores } from '../../support/refreshing.ts'

for (const store of tokenStores) {
  test(`a retry is forgiven as far as the clocks of two processes differ, and no further (${store.name})`, async () => {
    // TOK-13
    await using world = await openRefreshing(store)
    const behind = createTestClock()
    await using slow = await world.openSibling(behind)
    const program = createProgram(slow, world.secret)
    const { refreshToken: first } = await world.program.start()
    const { refreshToken: copied } = await world.program.start()

    world.clock.forward(5 * SECOND_MS)
    const second = await world.program.next(first)
    assert.equal(await program.next(first), second)

    world.clock.forward(HOUR_MS)
    const stolen = await world.program.next(copied)
    assert.match(stolen, /^r_/)
    assert.equal(await program.next(copied), 'refused')
    assert.equal(await program.next(stolen), 'refused')
  })
}
