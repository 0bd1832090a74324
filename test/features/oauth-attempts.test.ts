import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestClock } from '../support/clock.ts'
import { openPortalWithGoogle, openPortalWithLiar } from '../support/google/portal-with-google.ts'
import { stores } from '../support/stores.ts'

const MINUTE_MS = 60_000
const callbackPath = '/auth/oauth/google/callback'

const changed = (callback: string, changes: Record<string, string>) => {
  const url = new URL(callback)
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value)
  return url.href
}

test('nothing of an attempt that could finish it is kept on the server', async () => {
  await using both = await openPortalWithGoogle()
  const url = await both.leave(both.portal.visitor)
  const browser = both.portal.visitor.cookie('oauth')?.value.split('.')[0] ?? ''

  const kept = JSON.stringify(await both.portal.database.oAuthAttempt.findMany())

  assert.ok(kept.includes('google'))
  for (const secret of [browser, ...new URL(url).searchParams.values()].filter(
    (value) => value.length === 43,
  ))
    assert.ok(!kept.includes(secret))
})

test('a sign-in that began in another browser opens nothing, and Google is not even asked', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  const [attacker, victim, passerBy] = [openVisitor(), openVisitor(), openVisitor()]
  await both.leave(victim)
  const callback = await both.google.signInAs(await both.leave(attacker), 'ada')

  for (const visitor of [victim, passerBy]) {
    const answer = await both.comeBack(visitor, callback)
    assert.equal(answer.status, 400)
    assert.match(answer.text, /This sign-in has expired/)
    assert.equal(visitor.sessionSecret(), null)
  }

  assert.equal(both.redemptions(), 0)
  assert.equal(await database.user.count(), 0)
  assert.equal((await both.comeBack(attacker, callback)).status, 303)
}) // OAU-02

test('the mark of a browser that somebody forged or copied in part is no mark', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor } = both.portal
  const [visitor, thief] = [openVisitor(), openVisitor()]
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')
  const [secret = ''] = visitor.cookie('oauth')?.value.split('.') ?? []

  for (const forged of [secret, `${secret}.`, `${secret}.${'A'.repeat(43)}`, '', 'j:{}']) {
    thief.plantCookie('oauth', forged)
    assert.equal((await both.comeBack(thief, callback)).status, 400)
  }
  assert.equal(both.redemptions(), 0)
})

test('an invented state opens nothing, and Google is not asked', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor } = both.portal
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')

  assert.equal((await both.comeBack(visitor, changed(callback, { state: 'A'.repeat(43) }))).status, 400)
  assert.equal(both.redemptions(), 0)
})

for (const store of stores) {
  test(`one way back works once, also for ten at the same moment (${store.name})`, async () => {
    await using open = await store.open()
    await using both = await openPortalWithGoogle({ settings: open.settings })
    const { visitor, database } = both.portal
    const callback = await both.google.signInAs(await both.leave(visitor), 'ada')

    const answers = await Promise.all(Array.from({ length: 10 }, () => both.comeBack(visitor, callback)))
    const later = await both.comeBack(visitor, callback)

    assert.equal(answers.filter(({ status }) => status === 303).length, 1)
    assert.equal(answers.filter(({ status }) => status === 400).length, 9)
    assert.equal(later.status, 400)
    assert.equal(both.redemptions(), 1)
    assert.equal(await database.session.count(), 1)
  }) // OAU-03
}

test('after ten minutes a sign-in is over', async () => {
  const clock = createTestClock()
  await using both = await openPortalWithGoogle({ clock })
  const { visitor } = both.portal
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')
  clock.forward(10 * MINUTE_MS + 1)

  assert.equal((await both.comeBack(visitor, callback)).status, 400)
  assert.equal(both.redemptions(), 0)
}) // OAU-03

test('a code that was given to somebody else is refused, and says so on a page of ours', async () => {
  await using both = await openPortalWithGoogle()
  const { openVisitor, database } = both.portal
  const [victim, attacker] = [openVisitor(), openVisitor()]
  const stolen = new URL(await both.google.signInAs(await both.leave(victim), 'ada')).searchParams.get('code')
  const own = await both.google.signInAs(await both.leave(attacker), 'sam')

  const answer = await both.comeBack(attacker, changed(own, { code: stolen ?? '' }))

  assert.equal(answer.status, 400)
  assert.match(answer.text, /Google couldn’t sign you in/)
  assert.equal(attacker.sessionSecret(), null)
  assert.equal(await database.user.count(), 0)
}) // OAU-04

test('a code that comes from another provider is not taken to this one', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor } = both.portal
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')

  const answer = await both.comeBack(visitor, changed(callback, { iss: 'https://evil.example' }))

  assert.equal(answer.status, 400)
  assert.equal(both.redemptions(), 0)
  assert.equal(visitor.sessionSecret(), null)
})

test('a provider that always names itself is not believed when it does not', async () => {
  await using both = await openPortalWithLiar()
  both.google.lie = { discovery: { authorization_response_iss_parameter_supported: true } }
  const { visitor } = both.portal

  const answer = await both.comeBack(visitor, await both.google.signIn(await both.leave(visitor)))

  assert.equal(answer.status, 400)
  assert.equal(both.redemptions(), 0)
})

test('five sign-ins of one browser may be under way and finish in any order; the sixth forgets the oldest', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor } = both.portal
  const urls: string[] = []
  for (let number = 0; number < 6; number++) urls.push(await both.leave(visitor))
  const callbacks = await Promise.all(urls.map((url) => both.google.signInAs(url, 'ada')))

  const order = [3, 1, 5, 2, 4, 0]
  const statuses: number[] = []
  for (const number of order) statuses.push((await both.comeBack(visitor, callbacks[number] ?? '')).status)

  assert.deepEqual(statuses, [303, 303, 303, 303, 303, 400])
})

test('somebody who cancels at Google is told so on the sign-in page, which still leads on, and nothing is created', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor, database } = both.portal

  const callback = await both.google.cancel(await both.leave(visitor, { return_to: '/account?tab=1' }))
  const answer = await both.comeBack(visitor, callback)

  assert.deepEqual([answer.status, answer.headers.location], [303, '/login?return_to=%2Faccount%3Ftab%3D1'])
  const page = await visitor.visit(String(answer.headers.location))
  assert.match(page.text, /Google sign-in was cancelled\./)
  assert.doesNotMatch((await visitor.visit('/login')).text, /was cancelled/)
  assert.equal(both.redemptions(), 0)
  assert.equal(await database.user.count(), 0)
  assert.equal((await both.comeBack(visitor, callback)).status, 400)
})

test('what the provider says about a failure is never shown nor followed', async () => {
  await using both = await openPortalWithLiar()
  const { visitor } = both.portal
  const words = '<script>alert(1)</script> https://evil.example'
  both.google.lie = { authorizationError: { error: 'server_error', error_description: words } }

  const callback = await both.google.signIn(await both.leave(visitor))
  const answers = [
    await both.comeBack(visitor, `${callback}&error_uri=https://evil.example`),
    await both.comeBack(visitor, callback),
    await visitor.visit(`${callbackPath}?error=${encodeURIComponent(words)}&state=<b>evil</b>`),
  ]

  for (const answer of answers) {
    assert.equal(answer.status, 400)
    assert.equal(answer.headers.location, undefined)
    assert.doesNotMatch(answer.text, /evil|alert|server_error/)
  }
}) // OAU-14

test('a way back that no provider would send is refused and uses nothing up', async () => {
  await using both = await openPortalWithGoogle()
  const { visitor } = both.portal
  const callback = await both.google.signInAs(await both.leave(visitor), 'ada')
  const { searchParams } = new URL(callback)
  const [state, code] = [searchParams.get('state'), searchParams.get('code')]

  for (const query of [
    '',
    `?code=${code}`,
    `?state=${state}`,
    `?state=${state}&code=`,
    `?state=&code=${code}`,
    `?state=${state}&state=${state}&code=${code}`,
    `?state=${state}&code=${code}&code=${code}`,
    `?state[]=${state}&code[]=${code}`,
    `?state=${state}&code=${code}&error=access_denied`,
    `?state=${state}&code=${code}&iss=a&iss=b`,
    `?state=${state}&code=${'a'.repeat(10_000)}`,
    `?state=${'a'.repeat(10_000)}&code=${code}`,
    `?state=%00&code=%00`,
    `?state=%E0%A4%A&code=%ff`,
    `?__proto__=1&state=constructor&code=toString`,
    `#state=${state}&code=${code}`,
  ]) {
    const answer = await visitor.visit(`${callbackPath}${query}`)
    assert.equal(answer.status, 400, query)
    assert.match(answer.text, /This sign-in has expired/)
  }
  const head = await visitor.request('head', `${callbackPath}${new URL(callback).search}`)
  assert.equal(head.status, 400)
  assert.equal((await visitor.submit(`${callbackPath}${new URL(callback).search}`)).status, 405)
  assert.equal(both.redemptions(), 0)

  assert.equal((await both.comeBack(visitor, callback)).status, 303)
})
