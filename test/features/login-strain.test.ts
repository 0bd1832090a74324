import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { mask } from '../support/newcomers.ts'
import { ada } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset } from '../support/reset.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const TOO_MANY = /Someone is guessing your Gatehouse password/

async function countWrong(portal: Portal): Promise<number> {
  await portal.world.afterwards.settle()
  return (await portal.database.user.findFirstOrThrow()).failedSignIns
}

/** As after as many wrong passwords, which take hours. */
async function letFail({ database }: Portal, failedSignIns: number): Promise<void> {
  await database.user.updateMany({ data: { failedSignIns } })
}

test('after a hundred wrong passwords in a row the right one opens nothing for strangers, until a mailed link was used', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const known = openStranger(portal)
  await signIn(known, ada.email)
  await known.submit('/logout')
  await letFail(portal, 99)
  assert.equal(await canSignIn(portal, 'ada', 'not this one'), false)
  assert.equal(await countWrong(portal), 100)

  assert.equal(await canSignIn(portal, ada.email, ada.password), false)
  assert.equal(await canSignIn(portal, 'ada', ada.password), false)
  assert.equal((await signIn(known, ada.email)).status, 303)
  assert.equal(await canSignIn(portal, ada.email, ada.password), false)
  assert.match((await portal.findMail(ada.email))?.subject ?? '', TOO_MANY)
  assert.equal((await reset(openStranger(portal), await forget(portal, ada.email))).status, 303)

  assert.equal(await canSignIn(portal, ada.email, newPassword), true)
  assert.equal(await countWrong(portal), 0)
})

test('the right password gets the answer of a wrong one then, after the same work', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  await letFail(portal, 100)
  const hashes = countHashes(portal)

  const answers = []
  for (const password of [ada.password, 'not the right on one']) {
    const page = await openStranger(portal).submit('/login', { login: ada.email, password })
    const called = await guess(portal, ada.email, password)
    assert.deepEqual(hashes.take(), { hashed: 0, verified: 2 })
    answers.push([mask(page, ada.email), mask(called, ada.email)])
  }

  assert.deepEqual(answers[0], answers[1])
})

test('signing in starts the count again, and only wrong passwords count', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { updatedAt } = await portal.database.user.findFirstOrThrow()
  for (let round = 0; round < 8; round++) await guess(portal, round % 2 ? ada.email : 'ada')
  assert.equal(await countWrong(portal), 5) // beyond the limit no guess is judged
  await portal.database.attemptCount.deleteMany() // as five minutes later
  await guess(portal, 'nobody@example.com')
  await guess(portal, 'ada')
  assert.equal(await countWrong(portal), 6)

  assert.equal(await canSignIn(portal, ada.email, ada.password), true)

  assert.equal(await countWrong(portal), 0)
  assert.deepEqual((await portal.database.user.findFirstOrThrow()).updatedAt, updatedAt)
})

test('whoever is signed in proves it with the password all the same', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  await letFail(portal, 100)

  const change = { current_password: ada.password, new_password: newPassword }
  const { status } = await portal.client.post('/auth/change-password', change, body.session.id)

  assert.equal(status, 200)
  assert.equal(await countWrong(portal), 0)
})

test('a portal that sends no email knows no such limit', async () => {
  const silent = { NODE_ENV: 'production', EMAIL_VERIFICATION: 'optional', REGISTRATION: 'open' }
  const settings = { ...silent, ...behindProxy, BASE_URL: 'http://localhost' }
  await using portal = await openPortal({ people: [ada], settings })
  await letFail(portal, 200)

  assert.equal((await guess(portal, ada.email, ada.password)).status, 200)
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`the count survives a restart, and of many guesses at once the owner hears once: ${name}`, async () => {
    await using store = await open()
    const settings = { ...behindProxy, ...store.settings }
    {
      await using portal = await openPortal({ people: [ada], settings })
      await letFail(portal, 97)
      await Promise.all(Array.from({ length: 4 }, () => guess(portal, ada.email)))
      assert.equal(await countWrong(portal), 101)
      assert.equal((await portal.mails()).filter(({ subject }) => TOO_MANY.test(subject)).length, 1)
      const strained = { where: { action: 'user.password_strained' } }
      assert.equal(await portal.database.auditEvent.count(strained), 1)
    }

    await using again = await openPortal({ settings })
    assert.equal(await canSignIn(again, ada.email, ada.password), false)
  })
}
