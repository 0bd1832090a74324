import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import type { Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'
import type { Visitor } from '../support/visitor.ts'

const origin = { ip: 'here', userAgent: 'test', requestId: 'test' }
const boss = { email: 'boss@example.com', password: 'sunset marble violin', role: 'admin' } satisfies Person
const ada = { email: 'ada.lovelace@gmail.com', password: 'copper lantern orbit' }
const strangersPassword = 'stranger than fiction'

type Both = Awaited<ReturnType<typeof openPortalWithGoogle>>

async function comeWithGoogle({ leave, comeBack, google }: Both, visitor: Visitor, persona: string) {
  return comeBack(visitor, await google.signInAs(await leave(visitor), persona))
}

/** As an administrator does it, by the API's service. */
async function invite({ services, database }: Portal, email: string) {
  const { id } = await database.user.findUniqueOrThrow({ where: { email: boss.email } })
  const actor = (await services.repositories.users.find(id)) ?? assert.fail()
  const newUser = { email, displayName: 'Countess', username: 'ada', role: 'admin' } as const
  return services.users.create(newUser, { actor, origin })
}

async function countInvitations(portal: Portal, to: string): Promise<number> {
  const mails = await portal.mails()
  return mails.filter((mail) => mail.to === to && /^Choose a password/.test(mail.subject)).length
}

test('an invited person who comes with Google gets the invited account, and is not alarmed', async () => {
  await using both = await openPortalWithGoogle({ people: [boss] })
  const { portal } = both
  await invite(portal, ada.email)
  const link = await portal.linkMailedTo(ada.email)

  await comeWithGoogle(both, portal.visitor, 'ada')

  const account = (await portal.visitor.visit('/account')).text
  assert.match(account, /Welcome!/)
  assert.match(account, /Countess<\/h1>/)
  const user = await portal.database.user.findUniqueOrThrow({ where: { email: ada.email } })
  assert.deepEqual([user.username, user.role], ['ada', 'admin'])
  const subjects = (await portal.mails()).filter(({ to }) => to === ada.email).map(({ subject }) => subject)
  assert.deepEqual(subjects, ['Welcome to Gatehouse', 'Choose a password for your Gatehouse account'])
  assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.taken_over' } }), 0)
  assert.equal((await portal.openVisitor().openLink(link)).status, 410)
})

for (const REGISTRATION of ['verify-first', 'open', 'closed']) {
  test(`a Google account that only claims an invited address gets nothing, and the invitation goes out again: ${REGISTRATION}`, async () => {
    await using both = await openPortalWithGoogle({ people: [boss], settings: { REGISTRATION } })
    const { portal } = both
    const email = 'sam@outside.example'
    await invite(portal, email)

    const answer = await comeWithGoogle(both, portal.visitor, 'sam')

    assert.equal(answer.headers.location, '/registered')
    assert.equal(await portal.database.identity.count(), 0)
    assert.equal(await countInvitations(portal, email), 2)
    const page = await portal.openVisitor().openLink(await portal.linkMailedTo(email))
    assert.match(page.text, /<h1>Choose your password/)
  })
}

test('registering an invited address sends the invitation again, even where people are let in at once', async () => {
  for (const REGISTRATION of ['verify-first', 'open']) {
    await using portal = await openPortal({ people: [boss], settings: { ...behindProxy, REGISTRATION } })
    await invite(portal, ada.email)

    const stranger = openStranger(portal)
    const answer = await stranger.post('/auth/register', { ...ada, password: strangersPassword })

    assert.equal(answer.status, 202)
    assert.equal(stranger.sessionSecret(), null)
    assert.equal(await countInvitations(portal, ada.email), 2)
    const token =
      new URL(await portal.linkMailedTo(ada.email), portal.baseUrl).searchParams.get('token') ?? ''
    const owner = openStranger(portal)
    const accepted = await owner.submit('/verify-email', { token, password: ada.password })
    assert.equal(accepted.status, 303)
    assert.match((await owner.visit('/account')).text, /Countess<\/h1>/)
  }
})

test('where an address need not be proved, whoever registered it keeps the account', async () => {
  const settings = { ...behindProxy, REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' }
  await using portal = await openPortal({ people: [boss], settings })
  const member = openStranger(portal)
  await member.post('/auth/register', ada)

  assert.equal((await invite(portal, ada.email)).outcome, 'email-taken')

  assert.equal((await portal.client.get('/auth/me', member.sessionSecret() ?? '')).status, 200)
  assert.equal(
    (await openStranger(portal).post('/auth/login', { login: ada.email, password: ada.password })).status,
    200,
  )
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** A stranger has registered the address, is signed in, and waits for somebody to confirm it. */
  async function openPrepared() {
    const store = await open()
    const settings = { ...behindProxy, ...store.settings, REGISTRATION: 'open' }
    const portal = await openPortal({ people: [boss], settings })
    const stranger = openStranger(portal)
    await stranger.post('/auth/register', { ...ada, password: strangersPassword, username: 'mine' })
    const link = await portal.linkMailedTo(ada.email)
    const secret = stranger.sessionSecret() ?? ''

    async function assertStrangerIsOut() {
      assert.equal((await portal.client.get('/auth/me', secret)).status, 401)
      const again = await openStranger(portal).post('/auth/login', {
        login: ada.email,
        password: strangersPassword,
      })
      assert.equal(again.status, 401)
      assert.equal((await stranger.openLink(link)).status, 410)
      assert.equal(await portal.database.user.count({ where: { wantedUsername: 'mine' } }), 0)
    }

    return {
      portal,
      assertStrangerIsOut,
      async [Symbol.asyncDispose]() {
        await portal[Symbol.asyncDispose]()
        await store.close()
      },
    }
  }

  test(`a stranger who registered the address of the administrator to be is no obstacle: ${name}`, async () => {
    await using prepared = await openPrepared()
    const { portal, assertStrangerIsOut } = prepared

    const creation = await portal.services.admins.createAdmin(ada, origin)

    assert.equal(creation.outcome, 'created')
    await assertStrangerIsOut()
    const login = await openStranger(portal).post('/auth/login', { login: ada.email, password: ada.password })
    assert.deepEqual([login.status, login.body.user.role], [200, 'admin'])
    assert.equal((await portal.services.admins.createAdmin(ada, origin)).outcome, 'email-taken')
  })

  test(`a stranger who registered an address does not keep an administrator from inviting it: ${name}`, async () => {
    await using prepared = await openPrepared()
    const { portal, assertStrangerIsOut } = prepared

    const created = await invite(portal, ada.email)

    assert.equal(created.outcome, 'done')
    await assertStrangerIsOut()
    assert.equal((await invite(portal, ada.email)).outcome, 'email-taken')
    const page = await portal.openVisitor().openLink(await portal.linkMailedTo(ada.email))
    assert.match(page.text, /<h1>Choose your password/)
  })
}
