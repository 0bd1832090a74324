import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ada } from '../support/people.ts'
import { openHouse } from './house.ts'

const house = await openHouse([ada])
after(house.close)
const { portal, google } = house

for (const javaScript of [true, false]) {
  const how = `with JavaScript ${javaScript ? 'on' : 'off'}`

  test(`somebody new comes in with Google, leaves, and comes back with Google, ${how}`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const email = `visitor-${javaScript}@gmail.com`
    google.personas[email] = { sub: `new-${javaScript}`, name: 'Vera Visitor', email, emailVerified: true }

    await guest.open('/account?from=mail')
    await guest.leaveForGoogle()
    await guest.go(() => guest.page.getByRole('button', { name: email }).click())
    assert.equal(guest.where(), '/account?from=mail')
    await guest.see('Welcome! Your account is ready.')
    await guest.see(email)
    await guest.press('Sign out')

    await guest.leaveForGoogle()
    await guest.go(() => guest.page.getByRole('button', { name: email }).click())
    await guest.see('Vera Visitor')
    assert.equal(await guest.page.getByText('Welcome!').count(), 0)
  })
}

test('somebody who changes their mind at Google finds the way back to where they were going', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  await guest.open('/account?from=mail')
  await guest.leaveForGoogle()
  await guest.press('Cancel')

  await guest.see('Google sign-in was cancelled.')
  assert.equal(new URL(guest.page.url()).pathname, '/login')
  await guest.type({ 'Email or username': ada.email, Password: ada.password })
  await guest.press('Sign in')
  assert.equal(guest.where(), '/account?from=mail')
})

test('an address that Google only claims is proved by our own mail first', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  const email = 'claimed@unproved.example'
  google.personas[email] = { sub: 'claimed', name: 'Una', email, emailVerified: false }

  await guest.open('/register?return_to=%2Faccount%3Ffrom%3Dmail')
  await guest.leaveForGoogle('Sign up with Google')
  await guest.go(() => guest.page.getByRole('button', { name: email }).click())
  await guest.see(email)
  await guest.follow('Open the mailbox')
  await guest.follow(/\/verify-email/)
  await guest.press('Confirm my email')
  await guest.see('Your email is confirmed.')
  assert.equal(guest.where(), '/account?from=mail')
})

test('an address that has an account here asks for its password before Google opens it', async () => {
  await using guest = await house.openWindow()
  google.personas.stranger = { sub: 'stranger', name: 'Not Ada', email: ada.email, emailVerified: true }
  await guest.open('/account?from=mail')
  await guest.leaveForGoogle()
  await guest.go(() => guest.page.getByRole('button', { name: 'Not Ada' }).click())

  await guest.page.getByRole('heading', { name: 'You already have an account' }).waitFor()
  await guest.follow('Sign in with your password')
  await guest.type({ 'Email or username': ada.email, Password: ada.password })
  await guest.press('Sign in')

  assert.equal(guest.where(), '/account?from=mail')
})

test('"Keep me signed in" counts for Google, too', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.page.getByLabel('Keep me signed in on this device').check()
  await guest.leaveForGoogle()
  await guest.go(() => guest.page.getByRole('button', { name: 'Grace Hopper' }).click())
  await guest.see('Grace Hopper')

  const cookies = await guest.page.context().cookies(portal.baseUrl)
  assert.ok(cookies.some(({ name, expires }) => name === 'session' && expires > 0))
})

test('coming back from Google twice explains itself and offers a new start', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.leaveForGoogle()
  const returned = guest.page.waitForRequest(/\/callback\?/)
  await guest.go(() => guest.page.getByRole('button', { name: 'Ada Lovelace' }).click())
  const callback = (await returned).url()
  await guest.press('Sign out')

  await guest.page.goto(callback)
  await guest.see('This sign-in has expired')
  await guest.follow('Back to sign in')
  assert.equal(guest.where(), '/login')
})
