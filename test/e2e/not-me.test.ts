import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { notMeToken } from '../support/not-me.ts'
import { signIn } from '../support/sign-in.ts'
import { openStranger } from '../support/strangers.ts'
import { openHouse } from './house.ts'
import { look } from './look.ts'

const house = await openHouse()
after(house.close)
const { portal } = house
const password = 'sunset marble violin'

for (const javaScript of [true, false]) {
  test(`somebody whose account a thief is in is alone in it again after three buttons and two passwords, with JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const email = `robbed-${javaScript}@example.com`
    await portal.addPerson({ email, password })
    await guest.open('/login')
    await guest.type({ 'Email or username': email, Password: password })
    await guest.press('Sign in')
    const thief = openStranger(portal)
    await signIn(thief, email, password)

    await guest.open(`/not-me?token=${await notMeToken(portal, email)}`)
    assert.equal(guest.where(), '/not-me')
    if (javaScript) await look(guest, 'Wasn’t this you?')
    await guest.press('Secure my account')
    await guest.see('Everyone is signed out')
    await guest.type({ 'New password': 'granite teapot harbour' })
    await guest.press('Save password')
    await guest.type({ Password: 'granite teapot harbour' })
    await guest.press('Sign in')

    assert.equal(guest.where(), '/account')
    assert.equal((await thief.visit('/account')).status, 303)
  })
}

test('somebody who opens the link elsewhere, or too late, reads what to do next', async () => {
  await using guest = await house.openWindow()
  const email = 'elsewhere@example.com'
  await portal.addPerson({ email, password })
  for (let time = 0; time < 2; time++) await signIn(openStranger(portal), email, password)
  const link = `/not-me?token=${await notMeToken(portal, email)}`

  await guest.open(link)
  await guest.press('Secure my account')
  await guest.see('We’ve emailed you a link to choose a new one.')
  await guest.open(await portal.linkMailedTo(email))
  assert.equal(guest.where(), '/reset-password')

  await guest.open(link)
  await look(guest, 'This link no longer works')
  await guest.follow('Choose a new password')
  assert.equal(guest.where(), '/forgot-password')
})
