import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, type Person } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { type Store, stores } from '../support/stores.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

const googleOnly = { email: 'gil@example.com', password: null } satisfies Person

const passwords = [
  '   twilight  otter  ',
  'παράθυρο και ποτάμι',
  '🦔 🌵 🎻 hedgehog on strings',
  'tab\tand "quotes" & <b>, 100% +plus',
  'sunset marble violin '.repeat(3).slice(0, 64),
  'copper lantern orbit otter granite '.repeat(3).slice(0, 73),
  'copper lantern orbit otter granite '.repeat(4).slice(0, 128),
]

test('a password works exactly as it was chosen, whatever it is made of', async () => {
  // PWD-02, PWD-04
  await using portal = await openPortal({ settings: behindProxy })
  for (const [index, password] of passwords.entries()) {
    const email = `ada${index}@example.com`
    await portal.addPerson({ email, password })
    const variants = [password.slice(0, -1), `${password}x`, password.slice(0, 8), password.toUpperCase()]

    assert.equal((await signIn(openStranger(portal), email, password)).status, 303)
    assert.equal((await guess(portal, email, password)).status, 200)
    for (const variant of variants) assert.equal((await guess(portal, email, variant)).status, 401)
  }
})

test('an accent typed on another keyboard is the same password', async () => {
  // PWD-05
  const composed = 'é'.repeat(100)
  await using portal = await openPortal({ people: [{ ...ada, password: composed }], settings: behindProxy })

  assert.equal((await guess(portal, 'ada', composed.normalize('NFD'))).status, 200)
  assert.equal((await guess(portal, 'ada', composed)).status, 200)
})

test('an account without a password has none: nothing that can be typed opens it', async () => {
  // PWD-11
  await using portal = await openPortal({ people: [googleOnly], settings: behindProxy })
  for (const password of ['', 'null', 'undefined', '\0', 'false']) {
    const { status } = await guess(portal, googleOnly.email, password)
    assert.ok([401, 422].includes(status))
  }
  assert.equal((await portal.database.user.findFirstOrThrow()).passwordHash, null)
  assert.equal(await portal.database.session.count(), 0)
})

test('an old password hash is made stronger when its owner signs in, and by nobody else', async () => {
  // PWD-09, PWD-13
  await using store = await (stores[0] as Store).open()
  const readHash = async ({ database }: Portal) => (await database.user.findFirstOrThrow()).passwordHash ?? ''
  let old: string
  {
    await using portal = await openPortal({ people: [ada], settings: store.settings })
    old = await readHash(portal)
  }
  await using portal = await openPortal({ settings: { ...behindProxy, ...store.settings, ARGON2_TIME: '3' } })
  await guess(portal, 'ada')
  assert.equal(await readHash(portal), old)

  assert.equal((await guess(portal, 'ada', ada.password)).status, 200)
  for (let look = 0; look < 500 && (await readHash(portal)) === old; look++)
    await portal.client.get('/health')

  assert.match(await readHash(portal), /^\$argon2id\$v=19\$m=19456,t=3,p=1\$/)
  assert.equal((await guess(portal, 'ada', ada.password)).status, 200)
})

test('a refused sign-in speaks of confirming only where nobody signs in before, on the page and by the API', async () => {
  const needed: Record<string, string>[] = [{ REGISTRATION: 'verify-first' }, { REGISTRATION: 'closed' }]
  const idle: Record<string, string>[] = [
    { REGISTRATION: 'open' },
    { REGISTRATION: 'open', EMAIL_VERIFICATION: 'optional' },
  ]
  const wrongPair = 'That email or password isn’t right.'
  for (const settings of [...needed, ...idle]) {
    await using portal = await openPortal({ settings })
    const page = await signIn(portal.visitor, ada.email)
    const called = await guess(portal, ada.email)

    const hint = needed.includes(settings) ? ' Just signed up? Confirm your email first.' : ''
    assert.equal(
      called.body.detail,
      `${wrongPair}${hint} If you’ve forgotten your password, you can reset it.`,
    )
    assert.ok(page.text.includes(`${wrongPair}${hint}</p>`), JSON.stringify(settings))
  }
})
