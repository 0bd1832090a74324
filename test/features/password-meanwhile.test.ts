import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meanwhile } from '../support/meanwhile.ts'
import { ada } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { canSignIn, forget, newPassword, reset } from '../support/reset.ts'
import { isAskedToSignIn, signIn } from '../support/sign-in.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import { openWorkers } from '../support/workers.ts'

const wish = { current_password: ada.password, new_password: newPassword }
const thiefs = 'stranger than fiction'

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  async function openSignedIn() {
    const store = await open()
    const portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    const visitor = openStranger(portal)
    await signIn(visitor, ada.email)
    return {
      portal,
      visitor,
      change: (password = newPassword) =>
        visitor.submit('/account/password', { ...wish, new_password: password }),
      async [Symbol.asyncDispose]() {
        await portal[Symbol.asyncDispose]()
        await store.close()
      },
    }
  }

  test(`a password that is reset while a thief changes it is the owner’s: ${name}`, async () => {
    await using thief = await openSignedIn()
    const { portal, visitor } = thief
    const token = await forget(portal, ada.email)

    meanwhile(portal, () => reset(openStranger(portal), token))
    const answer = await thief.change(thiefs)

    assert.ok(isAskedToSignIn(answer))
    assert.equal((await visitor.visit('/account')).status, 303)
    assert.equal(await canSignIn(portal, ada.email, thiefs), false)
    assert.equal(await canSignIn(portal, ada.email, newPassword), true)
  }) // K4

  test(`a session that is ended while it changes the password changes nothing: ${name}`, async () => {
    await using thief = await openSignedIn()
    const { portal, visitor } = thief
    const { state, member } = await portal.services.sessions.check(visitor.sessionSecret() ?? '')
    assert.ok(state === 'live')
    const ending = {
      reason: 'signed-out-remotely',
      origin: { ip: '', userAgent: '', requestId: '' },
    } as const

    meanwhile(portal, () => portal.services.sessions.end(member.session.id, ending))
    const answer = await thief.change(thiefs)

    assert.ok(isAskedToSignIn(answer))
    assert.equal(await canSignIn(portal, ada.email, thiefs), false)
  }) // K4

  test(`an account that is switched off while its password is changed keeps it: ${name}`, async () => {
    await using owner = await openSignedIn()
    const { portal } = owner
    const off = { isActive: false, sessionEpoch: { increment: 1 } }

    meanwhile(portal, () => portal.database.user.updateMany({ data: off }))
    assert.ok(isAskedToSignIn(await owner.change()))

    await portal.database.user.updateMany({ data: { isActive: true } })
    assert.equal(await canSignIn(portal, ada.email, newPassword), false)
  })

  test(`of many changes at once one counts, and its session goes on: ${name}`, async () => {
    await using owner = await openSignedIn()
    const { portal, visitor } = owner
    const secret = visitor.sessionSecret() ?? ''
    const passwords = Array.from({ length: 5 }, (_, number) => `${newPassword} ${number}`)

    const answers = await Promise.all(
      passwords.map((password) =>
        portal.client.post('/auth/change-password', { ...wish, new_password: password }, secret),
      ),
    )

    const won = answers.filter(({ status }) => status === 200)
    assert.equal(won.length, 1)
    for (const { status } of answers) assert.ok([200, 401].includes(status), `${status}`)
    const winner = passwords[answers.findIndex(({ status }) => status === 200)] ?? ''
    assert.equal(await canSignIn(portal, ada.email, winner), true)
    assert.equal((await portal.client.get('/auth/me', won[0]?.body.session.id)).status, 200)
  })

  for (const table of ['audit_events', 'outgoing_mails', 'one_time_links']) {
    test(`a change that fails halfway has changed nothing, and can be made again: ${table}, ${name}`, async () => {
      await using owner = await openSignedIn()
      const { portal, visitor } = owner
      await portal.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)

      assert.ok((await owner.change()).status >= 500)
      await portal.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)

      assert.equal((await visitor.visit('/account')).status, 200)
      assert.equal((await owner.change()).status, 303)
      assert.equal(await canSignIn(portal, ada.email, newPassword), true)
    }) // C2
  }
}

test('a password that was changed stays so where no session could begin, and one is led to signing in', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  await signIn(one.visitor, ada.email)

  const wasDone = one.sqlLine.cutBeforeAnswerTo(/start-session/)
  const answer = await one.visitor.submit('/account/password', wish)
  await wasDone

  assert.deepEqual([answer.status, answer.headers.location], [303, '/login'])
  while (!(await one.world.sql.ping().catch(() => null)));
  const page = await one.visitor.visit('/login')
  assert.match(page.text, /Your password is changed\. Sign in with the new one\./)
  const signedIn = await one.visitor.submit('/login', { login: ada.email, password: newPassword })
  assert.equal(signedIn.status, 303)
}) // C2
