import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import { enterWithGoogle, leaveToLink, linkGoogle, readLinks, rosa } from '../support/linking.ts'
import { meanwhile } from '../support/meanwhile.ts'
import { grace } from '../support/people.ts'
import { canSignIn, forget, newPassword, reset } from '../support/reset.ts'
import { isAskedToSignIn, signIn } from '../support/sign-in.ts'
import { stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const PAGE = '/account/identities'
const adas = 'ada.lovelace@gmail.com'

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  /** Rosa, signed in, and what linking and unlinking Google comes to while something else happens. */
  async function openMember(settings = {}) {
    const store = await open()
    const both = await openPortalWithGoogle({
      people: [rosa, grace],
      settings: { ...behindProxy, ...store.settings, ...settings },
    })
    const { portal, google, comeBack } = both
    const visitor = openStranger(portal)
    await signIn(visitor, rosa.email)
    return {
      ...both,
      visitor,
      async linkWhile(happens: () => Promise<unknown>) {
        const callback = await google.signInAs(await leaveToLink(visitor), 'ada')
        meanwhile(portal, happens)
        return comeBack(visitor, callback)
      },
      unlink: () => visitor.submit(`${PAGE}/unlink`, { provider: 'google' }),
      async [Symbol.asyncDispose]() {
        await both[Symbol.asyncDispose]()
        await store.close()
      },
    }
  }
  type Member = Awaited<ReturnType<typeof openMember>>

  /** What ends the session that is linking or unlinking. */
  const ends: Record<string, (member: Member) => Promise<unknown>> = {
    'signed out': ({ portal, visitor }) => {
      const cookies = { cookie: `session=${visitor.cookie('session')?.value}` }
      return openStranger(portal).submit('/logout', {}, cookies)
    },
    'signed out everywhere': async ({ portal }) => {
      const other = openStranger(portal)
      await signIn(other, rosa.email)
      await other.submit('/account/sessions/end-all')
    },
    'given a new password': async ({ portal }) =>
      reset(openStranger(portal), await forget(portal, rosa.email)),
    deactivated: ({ portal }) =>
      portal.database.user.updateMany({ data: { isActive: false, sessionEpoch: { increment: 1 } } }),
    'scheduled to be deleted': async ({ portal }) => {
      const other = openStranger(portal)
      await signIn(other, rosa.email)
      await other.submit('/account/data/delete')
    },
  }

  for (const [what, happens] of Object.entries(ends)) {
    test(`an account that is ${what} while Google answers gets no new way in: ${name}`, async () => {
      await using member = await openMember()

      const answer = await member.linkWhile(() => happens(member))

      assert.equal(answer.status, 400)
      assert.match(answer.text, /You were signed out in between[\s\S]+Nothing has changed/)
      assert.deepEqual(await readLinks(member.portal), {})
      assert.equal(await member.portal.database.auditEvent.count({ where: { action: 'identity.linked' } }), 0)
    }) // OAU-11, K4

    test(`an account that is ${what} while Google is unlinked keeps it as it was: ${name}`, async () => {
      await using member = await openMember()
      const { portal } = member
      await linkGoogle(member, member.visitor)
      // With the account's own email, so that a reset leaves it linked.
      await portal.database.identity.updateMany({ data: { email: rosa.email } })

      meanwhile(portal, () => happens(member))

      assert.ok(isAskedToSignIn(await member.unlink()))
      assert.equal(await portal.database.identity.count(), 1)
    }) // K4
  }

  test(`a Google account that somebody else links first is theirs: ${name}`, async () => {
    await using member = await openMember()
    const { portal } = member
    const other = openStranger(portal)
    await signIn(other, grace.email, grace.password)

    const answer = await member.linkWhile(() => linkGoogle(member, other))

    assert.equal(answer.status, 409)
    assert.match(answer.text, /This Google account is in use/)
    assert.deepEqual(await readLinks(portal), { [adas]: grace.email })
  }) // OAU-09

  test(`of two Google accounts that I link in two tabs at once, one is linked: ${name}`, async () => {
    await using member = await openMember()
    const { portal, visitor } = member

    const answer = await member.linkWhile(() => linkGoogle(member, visitor, 'grace'))

    assert.equal(answer.status, 409)
    assert.match(answer.text, /grace@workspace\.example is linked/)
    assert.equal(await portal.database.identity.count(), 1)
  })

  test(`what a stranger prepared stays out when its owner takes the account over meanwhile: ${name}`, async () => {
    await using member = await openMember({ REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' })
    const { portal } = member
    const [linking, unlinking] = [openStranger(portal), openStranger(portal)]
    await linking.submit('/register', { email: adas, password: rosa.password })
    const callback = await member.google.signInAs(await leaveToLink(linking), 'sam')

    meanwhile(portal, () => enterWithGoogle(member, openStranger(portal), 'ada'))
    const answer = await member.comeBack(linking, callback)
    assert.equal(answer.status, 400)
    assert.deepEqual(await readLinks(portal), { [adas]: adas })

    await unlinking.submit('/register', { email: 'grace@workspace.example', password: rosa.password })
    await linkGoogle(member, unlinking, 'sam')
    meanwhile(portal, () => enterWithGoogle(member, openStranger(portal), 'grace'))
    await unlinking.submit(`${PAGE}/unlink`, { provider: 'google' })
    assert.deepEqual(await readLinks(portal), {
      [adas]: adas,
      'grace@workspace.example': 'grace@workspace.example',
    })
  }) // OAU-12

  test(`a sign-in with Google that is under way while it is unlinked opens nothing: ${name}`, async () => {
    await using member = await openMember()
    const { portal } = member
    await linkGoogle(member, member.visitor)
    const oauth = portal.services.oauth ?? assert.fail()
    const { finish } = oauth
    oauth.finish = async (...given) => {
      const arrival = await finish(...given)
      assert.equal(arrival.outcome, 'signed-in')
      assert.equal((await member.unlink()).headers.location, PAGE)
      return arrival
    }

    const late = openStranger(portal)
    await enterWithGoogle(member, late)

    assert.equal((await late.visit('/account')).status, 303)
    assert.equal((await member.visitor.visit('/account')).status, 200)
  }) // K4

  for (const table of ['identities', 'audit_events', 'outgoing_mails', 'sessions', 'oauth_attempts']) {
    test(`linking that fails halfway has changed nothing, and can be done again: ${table}, ${name}`, async () => {
      await using member = await openMember()
      const { portal, visitor } = member
      const callback = await member.google.signInAs(await leaveToLink(visitor), 'ada')
      await portal.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)

      assert.ok((await member.comeBack(visitor, callback)).status >= 500)
      await portal.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)

      assert.deepEqual(await readLinks(portal), {})
      assert.equal((await linkGoogle(member, visitor)).headers.location, PAGE)
      assert.deepEqual(await readLinks(portal), { [adas]: rosa.email })
      assert.equal(await portal.database.auditEvent.count({ where: { action: 'identity.linked' } }), 1)
      assert.equal((await portal.mails()).length, 1)
    }) // C2
  }

  for (const table of ['identities', 'audit_events', 'outgoing_mails', 'sessions']) {
    test(`unlinking that fails halfway has changed nothing, and can be done again: ${table}, ${name}`, async () => {
      await using member = await openMember()
      const { portal } = member
      await linkGoogle(member, member.visitor)
      const other = openStranger(portal)
      await enterWithGoogle(member, other)
      await portal.database.$executeRawUnsafe(`ALTER TABLE ${table} RENAME TO lost`)

      assert.ok((await member.unlink()).status >= 500)
      await portal.database.$executeRawUnsafe(`ALTER TABLE lost RENAME TO ${table}`)

      assert.deepEqual(await readLinks(portal), { [adas]: rosa.email })
      assert.equal((await other.visit('/account')).status, 200)
      assert.equal((await member.unlink()).headers.location, PAGE)
      assert.equal((await other.visit('/account')).status, 303)
      assert.equal(await canSignIn(portal, rosa.email, rosa.password), true)
      assert.equal(await canSignIn(portal, rosa.email, newPassword), false)
    }) // C2
  }
}
