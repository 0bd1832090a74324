import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStillClock } from '../support/clock.ts'
import { listNotices } from '../support/not-me.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { createTokenProgram } from '../support/token-endpoint.ts'

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** Two processes of one portal, for which everything happens at the same moment. */
  async function openBoth() {
    const store = await open()
    const options = { settings: { ...behindProxy, ...store.settings }, clock: createStillClock() }
    const one = await openPortal({ people: [ada], ...options })
    const other = await openPortal(options)
    const mine = openStranger(one)
    await signIn(mine, ada.email)
    return {
      one,
      other,
      mine,
      async [Symbol.asyncDispose]() {
        await Promise.all([one.close({ patienceMs: 0 }), other.close({ patienceMs: 0 })])
        await store.close()
      },
    }
  }

  test(`of many new devices at once, in two processes, the owner hears in one email: ${name}`, async () => {
    await using both = await openBoth()
    const { one, other } = both

    await Promise.all(
      Array.from({ length: 5 }, (_, at) => signIn(openStranger(at % 2 ? one : other), ada.email)),
    )

    const [notice, ...others] = await listNotices(one)
    assert.deepEqual(others, [])
    assert.equal(notice?.text.match(/on a new device/g)?.length, 5)
  })

  test(`of wrong passwords before several right ones at once the owner hears once: ${name}`, async () => {
    await using both = await openBoth()
    const { one, other, mine } = both
    for (let round = 0; round < 3; round++) await guess(one, ada.email)
    await one.world.afterwards.settle()

    const visitors = Array.from({ length: 4 }, (_, at) =>
      Object.assign((at % 2 ? one : other).openVisitor(), { at }),
    )
    const known = mine.cookie('known')?.value ?? ''
    for (const visitor of visitors) visitor.plantCookie('known', known)
    await Promise.all(visitors.map((visitor) => signIn(visitor, ada.email)))
    await other.world.afterwards.settle()

    const text = (await listNotices(one)).map((notice) => notice.text).join()
    assert.equal(text.match(/3\s+wrong passwords were entered/g)?.length, 1)
    assert.doesNotMatch(text, /new device/)
  })

  test(`of a new app that asks for tokens several times at once the owner hears once: ${name}`, async () => {
    await using both = await openBoth()
    const { one, other, mine } = both
    const session = mine.sessionSecret() ?? ''
    const { inForm } = await createTokenProgram(one).register()

    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, at) =>
        createTokenProgram(at % 2 ? one : other).exchange(session, {
          scope: 'account:read offline_access',
          ...inForm,
        }),
      ),
    )

    for (const { status } of answers) assert.equal(status, 200)
    const text = (await listNotices(one)).map((notice) => notice.text).join()
    assert.equal(text.match(/was given access/g)?.length, 1)
  })

  for (const table of ['outgoing_mails', 'one_time_links']) {
    test(`a sign-in that cannot be told of does not begin, and does when it is tried again: ${table}, ${name}`, async () => {
      await using both = await openBoth()
      const { one } = both
      const late = openStranger(one)
      await one.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)

      assert.ok((await signIn(late, ada.email)).status >= 500)
      await one.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)

      assert.equal(late.sessionSecret(), null)
      assert.equal(await one.database.session.count(), 1)
      assert.equal((await signIn(late, ada.email)).status, 303)
      assert.equal((await listNotices(one)).length, 1)
    }) // C2
  }
}
