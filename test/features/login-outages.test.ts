import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada } from '../support/people.ts'
import { guess } from '../support/sign-in.ts'
import { behindProxy } from '../support/strangers.ts'
import { openWorkers, type Worker } from '../support/workers.ts'

test('what I tried while the database was away does not lock me out when it is back', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one } = workers
  one.sqlLine.refuse()
  for (let round = 0; round < 6; round++)
    assert.equal((await guess(one, ada.email, ada.password)).status, 503)
  one.sqlLine.pass()

  assert.equal(await signInWhenBack(one), 200)
})

test('the right password does not count as a guess, even when the session cannot be stored', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one } = workers
  for (let round = 0; round < 6; round++) {
    let isCut = false
    one.sqlLine.cutBeforeAnswerTo(/INSERT INTO .*sessions/).then(() => {
      isCut = true
      one.sqlLine.refuse()
    })
    while (!isCut) assert.equal((await guess(one, ada.email, ada.password)).status, 503)
    one.sqlLine.pass()
  }

  assert.equal(await signInWhenBack(one), 200)
})

test('a wrong password counts as a guess when it cannot be written to the audit log, and whoever typed it is told', async () => {
  await using workers = await openWorkers({ settings: behindProxy })
  const { one } = workers
  const statuses: number[] = []
  for (let round = 0; round < 5; round++) {
    const isCut = one.sqlLine.cutBeforeAnswerTo('INSERT INTO audit_events')
    statuses.push((await guess(one, ada.email)).status)
    await isCut
  }

  assert.equal((await guess(one, ada.email, ada.password)).status, 429)
  assert.deepEqual(new Set(statuses), new Set([401]))
  assert.equal(one.lines.filter((line) => line.includes('missing in the audit log')).length, 5)
})

async function signInWhenBack(worker: Worker): Promise<number> {
  for (;;) {
    const { status } = await guess(worker, ada.email, ada.password)
    if (status !== 503) return status
  }
}
