import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { letProofsAge } from '../support/freshness.ts'
import { ada, grace } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'
import { look } from './look.ts'

const house = await openHouse([ada, grace])
after(house.close)
const { portal } = house

async function signIn(guest: Guest, { email, password } = ada) {
  await guest.open('/login')
  await guest.type({ 'Email or username': email, Password: password })
  await guest.press('Sign in')
}

for (const javaScript of [true, false]) {
  test(`signing out the other devices asks for my password and goes on (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
    await using guest = await house.openWindow({ javaScript })
    await using phone = await house.openWindow({ javaScript })
    await signIn(phone)
    await signIn(guest)
    await letProofsAge(portal)
    await guest.open('/account')
    await guest.follow('Sessions')
    if (javaScript) await look(guest, 'Your sessions')

    await guest.press('Sign out all other devices')
    await guest.see('You’re signed in as ada@example.com.')
    await guest.type({ Password: 'not this one' })
    await guest.press('Continue')
    await guest.see('That password isn’t right.')
    if (javaScript) await look(guest, 'Error: Confirm it’s you')
    await guest.type({ Password: ada.password })
    await guest.press('Continue')
    if (!javaScript) {
      await guest.see('Continue with what you were doing.')
      await guest.press('Continue')
    }

    await guest.see('Every other device is signed out.')
    assert.equal(guest.where(), '/account/sessions')
    await phone.open('/account')
    assert.equal(phone.where(), '/login?return_to=%2Faccount')
  })
}

test('Back after a proof goes on to where the proof went', async () => {
  await using guest = await house.openWindow()
  await signIn(guest, grace)
  await letProofsAge(portal)
  await guest.open('/reauthenticate?return_to=/account/profile')
  await look(guest, 'Confirm it’s you')
  await guest.type({ Password: grace.password })
  await guest.press('Continue')
  await guest.see('You can sign in with it.')

  await guest.go(() => guest.page.goBack())

  assert.equal(guest.where(), '/account/profile')
  await look(guest, 'Your profile')
})

test('on a phone the pages of the account are a list, and each has a way back to it', async () => {
  await using guest = await house.openWindow({ viewport: { width: 320, height: 700 } })
  await signIn(guest, grace)

  await guest.follow(/^History/)
  assert.equal(guest.where(), '/account/history')
  assert.equal(await guest.page.getByRole('navigation').count(), 0)
  await guest.go(() => guest.page.getByRole('link', { name: 'Your account' }).click())

  assert.equal(guest.where(), '/account')
  assert.equal(await guest.page.getByRole('navigation').count(), 1)
})
