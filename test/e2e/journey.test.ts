import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ada, grace } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'

const house = await openHouse([ada, grace])
after(house.close)
const { portal } = house

for (const javaScript of [true, false]) {
  const how = `with JavaScript ${javaScript ? 'on' : 'off'}`

  test(`somebody registers with one password, is in with the code of the mail, and signs out, ${how}`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const frida = { email: `frida-${javaScript}@example.com`, password: 'copper lantern orbit' }

    await guest.open('/')
    assert.equal(guest.where(), '/login')
    await guest.follow('Create an account')
    await guest.type({ Email: frida.email, Password: frida.password })
    await guest.press('Create account')
    await guest.see(frida.email)
    await guest.type({ Code: await portal.codeMailedTo(frida.email) })
    await guest.press('Continue')
    assert.equal(guest.where(), '/account')
    await guest.see('Your email is confirmed.')
    await guest.see(frida.email)

    await guest.press('Sign out')
    await guest.see('You’re signed out.')
    await guest.open('/account')
    assert.equal(new URL(guest.page.url()).pathname, '/login')
  })
}

for (const javaScript of [true, false]) {
  test(`somebody who forgot the password is in again, where they wanted to go, with JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const email = `forgetful-${javaScript}@example.com`
    await portal.addPerson({ email, password: 'sunset marble violin' })

    await guest.open('/account?from=newsletter')
    await guest.type({ 'Email or username': email, Password: 'not this one' })
    await guest.press('Sign in')
    await guest.follow('Forgot your password?')
    await guest.press('Send me a link') // the address is there already
    await guest.open(await portal.linkMailedTo(email))
    assert.equal(guest.where(), '/reset-password')
    await guest.type({ 'New password': 'granite teapot harbour' })
    await guest.press('Save password')
    await guest.type({ Password: 'granite teapot harbour' })
    await guest.press('Sign in')

    assert.equal(guest.where(), '/account?from=newsletter')
  })
}

test('somebody changes their password to one that the portal suggests, without JavaScript, and goes on', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  const email = 'changing@example.com'
  await portal.addPerson({ email, password: 'sunset marble violin' })
  await guest.open('/login')
  await guest.type({ 'Email or username': email, Password: 'sunset marble violin' })
  await guest.press('Sign in')

  await guest.follow('Change your password')
  await guest.follow('Suggest a password')
  const suggested = await guest.page.locator('code').innerText()
  await guest.type({ 'Current password': 'sunset marble violin' })
  await guest.press('Save password')
  assert.equal(guest.where(), '/account')
  await guest.see('Your password is changed. Your other devices are signed out.')

  await guest.press('Sign out')
  await guest.type({ 'Email or username': email, Password: suggested })
  await guest.press('Sign in')
  assert.equal(guest.where(), '/account')
})

test('the page that was wanted comes in the end, after registration and email', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  const email = 'wanderer@example.com'

  await guest.open('/account?from=newsletter')
  await guest.follow('Create an account')
  await guest.type({ Email: email, Password: 'short' })
  await guest.press('Create account')
  await guest.type({ Password: 'copper lantern orbit' })
  await guest.press('Create account')
  await guest.open(await portal.linkMailedTo(email))
  await guest.press('Confirm my email')

  assert.equal(guest.where(), '/account?from=newsletter')
})

test('a sign-in ends with the browser, and outlives it only for whoever asked for that', async () => {
  for (const remember of [true, false]) {
    await using before = await house.openWindow()
    await using afterwards = await house.openWindow()
    await before.open('/login')
    await before.type({ 'Email or username': ada.email, Password: ada.password })
    if (remember) await before.page.getByLabel('Keep me signed in on this device').check()
    await before.press('Sign in')

    await afterwards.page.context().addCookies(await cookiesThatStay(before))
    await afterwards.open('/account')

    assert.equal(new URL(afterwards.page.url()).pathname, remember ? '/account' : '/login')
  }
})

test('somebody opens the mailed link on another device and shows with the password who registered', async () => {
  await using desktop = await house.openWindow()
  await using phone = await house.openWindow({ viewport: { width: 320, height: 640 } })
  const email = 'two-devices@example.com'
  await desktop.open('/register')
  await desktop.type({ Email: email, Password: 'copper lantern orbit' })
  await desktop.press('Create account')

  await phone.open(await portal.linkMailedTo(email))
  await phone.type({ Password: 'not the one' })
  await phone.press('Confirm my email')
  await phone.see('That isn’t the password')
  await phone.type({ Password: 'copper lantern orbit' })
  await phone.press('Confirm my email')

  assert.equal(phone.where(), '/account')
  await phone.see('Your email is confirmed.')
})

test('the keyboard alone registers and signs in, and shows all the way where it is', async () => {
  await using guest = await house.openWindow()
  const { keyboard } = guest.page
  await guest.open('/login')

  await keyboard.type(grace.username)
  await tabTo(guest, 'Password')
  await keyboard.type(grace.password)
  await tabTo(guest, 'Keep me signed in on this device')
  await keyboard.press('Space')
  await tabTo(guest, 'Sign in')
  await guest.go(() => keyboard.press('Enter'))
  assert.equal(guest.where(), '/account')
  await tabTo(guest, 'Sign out')
  await guest.go(() => keyboard.press('Enter'))
  await tabTo(guest, 'Create an account')
  await guest.go(() => keyboard.press('Enter'))

  await tabTo(guest, 'Email')
  await keyboard.type('keys@example.com')
  await tabTo(guest, 'Password')
  await keyboard.type('copper lantern orbit')
  await tabTo(guest, 'Show password')
  await keyboard.press('Space')
  assert.equal(await guest.page.getByLabel('Password').inputValue(), 'copper lantern orbit')
  await tabTo(guest, 'Create account')
  await guest.go(() => keyboard.press('Enter'))
  await guest.see('keys@example.com')
})

async function cookiesThatStay({ page }: Guest) {
  const cookies = await page.context().cookies()
  return cookies.filter(({ expires }) => expires > 0)
}

async function tabTo({ page }: Guest, name: string) {
  const focused = page.locator(':focus')
  for (let steps = 0; steps < 20; steps++) {
    await page.keyboard.press('Tab')
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    assert.notEqual(outline, 'none', 'the focus cannot be seen')
    if (await focused.and(namedElements(page, name)).count()) return
  }
  assert.fail(`the Tab key does not lead to ${name}`)
}

function namedElements(page: Guest['page'], name: string) {
  return page
    .getByLabel(name, { exact: true })
    .or(page.getByRole('button', { name, exact: true }))
    .or(page.getByRole('link', { name, exact: true }))
}
