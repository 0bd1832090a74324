import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ada } from '../support/people.ts'
import { openHouse } from './house.ts'
import { look } from './look.ts'

const house = await openHouse([ada])
after(house.close)
const { portal, google } = house

test('signing in, as it goes and as it fails, keeps nobody out', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await look(guest, 'Sign in')
  await guest.press('Sign in')
  await look(guest, 'Error: Sign in')
  for (let tries = 0; tries < 6; tries++) {
    await guest.type({ 'Email or username': 'nobody@example.com', Password: 'not this one' })
    await guest.press('Sign in')
  }
  await guest.see(/too many attempts. Please wait/)
  await look(guest, 'Error: Sign in')

  await guest.moveHouse()
  await guest.type({ 'Email or username': ada.email, Password: ada.password })
  await guest.press('Sign in')
  await look(guest, 'Your account')
  await guest.follow('Change your name')
  await look(guest, 'Your profile')
  await guest.page.getByLabel(/^Name/).fill(longName)
  await guest.type({ Username: 'a b' })
  await guest.press('Save')
  await look(guest, 'Error: Your profile')
  await guest.page.getByLabel(/^Name/).fill(longName.slice(0, 80))
  await guest.type({ Username: 'a-username-of-thirty-two-letters' })
  await guest.press('Save')
  await guest.see('Your profile is saved.')
  await look(guest, 'Your account')
  await guest.follow('History')
  await look(guest, 'Your history')
  await guest.follow(/^Password/)
  await look(guest, 'Change your password')
  await guest.follow('Suggest a password')
  await look(guest, 'Change your password')
  await guest.press('Save password')
  await look(guest, 'Error: Change your password')
  await guest.open('/logout')
  await look(guest, 'Sign out')
  await guest.press('Sign out')
  await look(guest, 'Sign in')
})

test('registering, as it goes and as it fails, keeps nobody out', async () => {
  await using guest = await house.openWindow()
  await using elsewhere = await house.openWindow()
  await guest.open('/register')
  await look(guest, 'Create an account')
  await guest.type({ Email: 'not an address', Password: 'password' })
  await guest.see('Too many people use this one.')
  await look(guest, 'Create an account')
  await guest.press('Create account')
  await look(guest, 'Error: Create an account')
  await guest.type({ Email: longAddress, Password: 'copper lantern orbit' })
  await guest.see('A strong password.')
  await look(guest, 'Error: Create an account')
  await guest.press('Create account')
  await look(guest, 'Check your email')

  await guest.open('/dev/mailbox')
  await look(guest, 'Confirm your email for Gatehouse')
  const link = await portal.linkMailedTo(longAddress)
  await elsewhere.open(link)
  await look(elsewhere, 'Confirm your email')
  await elsewhere.press('Confirm my email')
  await look(elsewhere, 'Error: Confirm your email')
  await guest.open(link)
  await look(guest, 'Confirm your email')
  await guest.open('/registered')
  await guest.type({ Code: '12345' })
  await guest.press('Continue')
  await look(guest, 'Error: Check your email')
  await guest.open(link)
  await guest.press('Confirm my email')
  await look(guest, 'Your account')

  await elsewhere.open(link)
  await look(elsewhere, 'This link no longer works')
  await elsewhere.open('/verify-email')
  await look(elsewhere, 'Get a new link')
  await elsewhere.press('Send me a new link')
  await look(elsewhere, 'Error: Get a new link')
})

test('finding the way back after forgetting a password keeps nobody out', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.follow('Forgot your password?')
  await look(guest, 'Forgot your password?')
  await guest.press('Send me a link')
  await look(guest, 'Error: Forgot your password?')
  await guest.type({ Email: longAddress })
  await guest.press('Send me a link')
  await look(guest, 'Check your email')

  await portal.addPerson({ email: forgetful, password: null, isVerified: true, displayName: longName })
  await guest.follow('Use another one')
  await guest.type({ Email: forgetful })
  await guest.press('Send me a link')
  const link = await portal.linkMailedTo(forgetful)
  await guest.open(link)
  assert.equal(guest.where(), '/reset-password')
  await look(guest, 'Choose a new password')
  await guest.type({ 'New password': 'password1' })
  await guest.press('Save password')
  await look(guest, 'Error: Choose a new password')
  await guest.type({ 'New password': 'granite teapot harbour' })
  await guest.see('A strong password.')
  await guest.press('Save password')
  await guest.see('Your password is changed.')
  await look(guest, 'Sign in')
  await guest.open(link)
  await look(guest, 'This link no longer works')
})

test('the way to Google and back, as it goes and as it fails, keeps nobody out', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  google.personas.stranger = { sub: 'stranger', name: 'Not Ada', email: ada.email, emailVerified: true }
  await guest.open('/auth/oauth/google/callback?state=a&code=b')
  await look(guest, 'This sign-in has expired')

  await page.route('**/auth/oauth/google', async (route) => {
    const response = await route.fetch()
    const { refresh, ...headers } = response.headers()
    assert.match(refresh ?? '', /^0; url=/) // without it the page stays to be looked at
    await route.fulfill({ response, headers })
  })
  await guest.open('/login')
  await guest.press('Sign in with Google')
  await look(guest, 'Taking you to Google')
  await page.unrouteAll()

  await guest.open('/login')
  await guest.leaveForGoogle()
  await guest.press('Cancel')
  await guest.see('Google sign-in was cancelled.')
  await look(guest, 'Sign in')
  await guest.open('/login')
  await guest.leaveForGoogle()
  await guest.go(() => page.getByRole('button', { name: 'Not Ada' }).click())
  await look(guest, 'You already have an account')
  await guest.open('/login')
  await guest.leaveForGoogle()
  await guest.go(() => page.getByRole('button', { name: 'Grace Hopper' }).click())
  await look(guest, 'Your account')
})

test('the reference of the API keeps nobody out, folded or not', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  const { page } = guest
  await guest.open('/docs')
  await look(guest, 'The API')

  await page.setViewportSize({ width: 1280, height: 800 })
  await page.getByRole('link', { name: 'Sign out everywhere' }).click()
  await guest.see('Ends all your sessions')
  const fold = page.locator('details:not([open]) > summary:visible').first()
  while ((await fold.count()) > 0) await fold.press('Enter')
  assert.equal(await page.locator('details:not([open])').count(), 0)
  await look(guest, 'The API')
})

test('error pages keep nobody out', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  await guest.open('/nowhere')
  await look(guest, 'Page not found')

  await guest.open('/login')
  await guest.type({ Password: 'x'.repeat(200_000) })
  await guest.press('Sign in')
  await look(guest, 'That’s too much at once')

  await guest.open('/login')
  await page.evaluate(`document.querySelector('form[action="/login"]').enctype = 'multipart/form-data'`)
  await guest.press('Sign in')
  await look(guest, 'We can’t read that format')

  await guest.open('/login')
  await page.evaluate(`document.querySelector('form[action="/login"]').action = '/account'`)
  await guest.press('Sign in')
  await look(guest, 'That doesn’t work here')

  await page.goto('about:blank')
  await page.setContent(
    `<form method="post" action="${portal.baseUrl}/login"><button>Win a prize</button></form>`,
  )
  await guest.press('Win a prize')
  await guest.see('This came from another site')
  await look(guest, 'Error: Sign in')
})

test('a closed door says so', async () => {
  const closed = await openHouse([], { REGISTRATION: 'closed' })
  try {
    await using guest = await closed.openWindow()
    await guest.open('/register')
    await look(guest, 'Registration is closed')
    await guest.follow('Go to sign in')
    assert.equal(await guest.page.getByRole('link', { name: 'Create an account' }).count(), 0)
  } finally {
    await closed.close()
  }
})

test('an account waiting for its email says so, and can be left at any time', async () => {
  const open = await openHouse([], { REGISTRATION: 'open' })
  try {
    await using guest = await open.openWindow()
    await guest.open('/register')
    await guest.type({ Email: longAddress, Password: 'copper lantern orbit' })
    await guest.press('Create account')
    await look(guest, 'Check your email')
    await guest.see(longAddress)
    await guest.open('/account')
    await look(guest, 'Check your email')
    await guest.press('Send a new email')
    await guest.see('a new email is on its way')
    await look(guest, 'Check your email')
    await guest.open('/')
    await guest.follow('Sign out')
    await guest.press('Sign out')
    await guest.see('You’re signed out.')
  } finally {
    await open.close()
  }
})

const longName = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3)
const longAddress = `${'frida.kahlo'.repeat(5)}@${'a-rather-long-name.'.repeat(4)}example.com`
const forgetful = `${'mary.shelley'.repeat(5)}@${'a-rather-long-name.'.repeat(4)}example.com`
