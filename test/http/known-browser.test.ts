import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ada, type Person } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { forget, newPassword, reset } from '../support/reset.ts'
import { signIn } from '../support/sign-in.ts'
import { behindProxy, openStranger } from '../support/strangers.ts'

test('the cookie of a browser that is known names nobody and cannot be read by scripts', async () => {
  await using portal = await openPortal({ people: [ada] })
  await portal.visitor.submit('/login', { login: 'ada', password: ada.password })

  const { value = '', attributes = '' } = portal.visitor.cookie('known') ?? {}
  const readable = decodeURIComponent(value) + Buffer.from(value, 'base64').toString()
  assert.ok(value.length > 30)
  assert.doesNotMatch(readable, /ada|example/i)
  assert.match(attributes, /HttpOnly/i)
  assert.match(attributes, /SameSite=Lax/i)
})

test('a browser that many sign in from keeps a cookie of modest size, and knows the last ones', async () => {
  const people: Person[] = Array.from({ length: 6 }, (_, index) => ({
    ...ada,
    email: `ada${index}@example.com`,
    username: `ada${index}`,
  }))
  await using portal = await openPortal({ people, settings: behindProxy })
  const browser = openStranger(portal)
  for (const { email } of people) {
    await browser.submit('/login', { login: email, password: ada.password })
    await browser.submit('/logout')
  }

  assert.ok((browser.cookie('known')?.value.length ?? 0) < 400)
  const lastOf = async (login: string) => {
    for (let round = 0; round < 5; round++) {
      await openStranger(portal).post('/auth/login', { login, password: 'x' })
    }
    return (await browser.submit('/login', { login, password: ada.password })).status
  }
  assert.equal(await lastOf('ada5@example.com'), 303)
  await browser.submit('/logout')
  assert.equal(await lastOf('ada0@example.com'), 429)
})

test('failing to sign in makes no browser known', async () => {
  await using portal = await openPortal({ people: [ada] })
  await portal.visitor.submit('/login', { login: 'ada', password: 'not this one' })
  assert.equal(portal.visitor.cookie('known'), null)
})

test('browsers that were known before a reset use up no attempts of the one that is known after it', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const before = Array.from({ length: 5 }, () => openStranger(portal))
  for (const browser of before) {
    await signIn(browser, ada.email)
    await browser.submit('/logout')
  }
  const mine = openStranger(portal)
  await reset(mine, await forget(portal, ada.email))

  for (const browser of before)
    for (let round = 0; round < 5; round++) await signIn(browser, ada.email, 'not this one')

  assert.equal((await signIn(mine, ada.email, newPassword)).status, 303)
})
