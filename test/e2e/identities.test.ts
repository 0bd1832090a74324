import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { letProofsAge } from '../support/freshness.ts'
import { grace, type Person } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'
import { look } from './look.ts'

const rosa = {
  email: 'rosa@home.example',
  password: 'sunset marble violin',
  displayName: 'روزا عبد الرحمن ابن يوسف',
} satisfies Person
const house = await openHouse([rosa, grace])
after(house.close)
const { portal, google } = house
google.personas.endless = {
  sub: 'endless',
  name: 'Endless',
  email: `${'wolfeschlegelsteinhausenberger'.repeat(2)}@${'a'.repeat(50)}.example`,
  emailVerified: true,
}

async function signIn(guest: Guest, { email, password } = rosa) {
  await guest.open('/login')
  await guest.type({ 'Email or username': email, Password: password })
  await guest.press('Sign in')
}

/** Presses the button of the page, and goes on at Google. */
async function leave({ page }: Guest, button: string) {
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('heading', { name: 'Choose an account' }).waitFor()
}

const choose = (guest: Guest, name: string) =>
  guest.go(() => guest.page.getByRole('button', { name }).click())

for (const javaScript of [true, false]) {
  test(`I link Google, change my mind on the way, reconnect it and unlink it (JavaScript ${javaScript ? 'on' : 'off'})`, async () => {
    await using guest = await house.openWindow({ javaScript })
    await signIn(guest)
    await guest.follow('Linked accounts')
    if (javaScript) await look(guest, 'Your linked accounts')

    await leave(guest, 'Link your Google account')
    await guest.press('Cancel')
    await guest.see('You cancelled at Google, so nothing has changed.')
    if (javaScript) await look(guest, 'Nothing was linked')
    await leave(guest, 'Try again')
    await choose(guest, 'Endless')
    await guest.see('Your Google account is linked.')
    assert.equal(guest.where(), '/account/identities')
    if (javaScript) await look(guest, 'Your linked accounts')

    await leave(guest, 'Reconnect your Google account')
    await choose(guest, 'Grace Hopper')
    await guest.see('Choose that one to reconnect it, or unlink it first to use a different one.')
    if (javaScript) await look(guest, 'You already have a Google account linked')
    await guest.follow('Back to linked accounts')
    await leave(guest, 'Reconnect your Google account')
    await choose(guest, 'Endless')
    await guest.see('was linked already, and it works.')

    await guest.press('Unlink your Google account')
    await guest.see('Your Google account is unlinked.')
    await guest.see('Not linked')
  })

  test(`linking asks who I am after a while, and goes on to Google by itself or by a button (JavaScript ${javaScript ? 'on' : 'off'})`, async () => {
    await using guest = await house.openWindow({ javaScript })
    await signIn(guest)
    await letProofsAge(portal)
    await guest.open('/account/identities')

    await guest.press('Link your Google account')
    await guest.see('Enter your password to continue.')
    await guest.type({ Password: rosa.password })
    await guest.press('Continue')
    if (!javaScript) await guest.press('Continue')
    await guest.page.getByRole('heading', { name: 'Choose an account' }).waitFor()
    await choose(guest, 'Endless')

    await guest.see('Your Google account is linked.')
    await guest.press('Unlink your Google account')
    await guest.see('Your Google account is unlinked.')
  })
}

test('whoever signs in with nothing but Google is led to setting a password before unlinking it', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.leaveForGoogle()
  await choose(guest, 'Ada Lovelace')
  await guest.open('/account/identities')
  await look(guest, 'Your linked accounts')

  await guest.follow('set a password')
  await guest.type({ 'New password': 'granite teapot harbour' })
  await guest.press('Save password')
  await guest.see('Your password is set.')
  await guest.open('/account/identities')
  await guest.press('Unlink your Google account')
  await guest.see('Your Google account is unlinked.')
})

test('where Google proves nothing, the page offers my password, and how to reconnect Google after that', async () => {
  await using guest = await house.openWindow({ viewport: { width: 320, height: 700 } })
  await signIn(guest, grace)
  await guest.open('/account/identities')
  await leave(guest, 'Link your Google account')
  await choose(guest, 'Sam Outside')
  await guest.see('Your Google account is linked.')
  await letProofsAge(portal)

  await guest.open('/reauthenticate?return_to=/account/profile')
  await leave(guest, 'Continue with Google')
  await choose(guest, 'Grace Hopper')
  await guest.see('That isn’t the Google account you sign in with here.')
  await look(guest, 'Error: Confirm it’s you')
  await guest.follow('reconnect it')
  assert.equal(guest.where(), '/account/identities')
})
