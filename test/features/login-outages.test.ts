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

test('the right password is no guess, even when the session cannot be stored', async () => {
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

async function signInWhenBack(worker: Worker): Promise<number> {
  for (;;) {
    const { status } = await guess(worker, ada.email, ada.password)
    if (status !== 503) return status
  }
}
