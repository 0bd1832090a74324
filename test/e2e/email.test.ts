import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { undoToken } from '../support/email-change.ts'
import { letProofsAge } from '../support/freshness.ts'
import { ada, grace } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'
import { look } from './look.ts'

const people = { true: ada, false: grace }
const house = await openHouse([ada, grace])
after(house.close)
const { portal } = house

async function signIn(guest: Guest, { email, password }: { email: string; password: string }) {
  await guest.open('/login')
  await guest.type({ 'Email or username': email, Password: password })
  await guest.press('Sign in')
}

for (const javaScript of [true, false]) {
  const person = people[`${javaScript}`]
  const longAddress = `${'ada.king'.repeat(7)}@${'a-rather-long-name.'.repeat(4)}${javaScript}.example.com`

  test(`moving to another email and back keeps nobody out (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const see = async (title: string) => {
      if (javaScript) await look(guest, title)
      else assert.equal(await guest.page.title(), `${title} · Gatehouse`)
    }
    await signIn(guest, person)
    await letProofsAge(portal)
    await guest.follow('Change your email')
    await see('Change your email')
    await guest.press('Send me a code')
    await guest.see('Confirm it’s you')
    await guest.type({ Password: person.password })
    await guest.press('Continue')
    if (!javaScript) await guest.press('Continue')
    await guest.see('Enter your email.')
    await see('Error: Change your email')
    await guest.type({ 'New email': person.email })
    await guest.press('Send me a code')
    await guest.see('That’s the email you have.')
    await guest.type({ 'New email': longAddress })
    await guest.press('Send me a code')
    await see('Check your email')
    await guest.press('Send a new email')
    await guest.see('is on its way. We send three an hour at most.')
    await see('Check your email')
    await guest.type({ Code: '12345' })
    await guest.press('Change my email')
    await see('Error: Check your email')
    await guest.type({ Code: '000000' })
    await guest.press('Change my email')
    await guest.see('That code isn’t right.')
    await guest.press('Keep the email I have')
    await guest.see(`Your email stays ${person.email}.`)
    await see('Change your email')

    await guest.type({ 'New email': longAddress })
    await guest.press('Send me a code')
    const undo = `/undo-email-change?token=${await undoToken(portal, person.email)}`
    const link = await portal.linkMailedTo(longAddress)
    await using elsewhere = await house.openWindow({ javaScript })
    await elsewhere.open(undo)
    assert.equal(elsewhere.where(), '/undo-email-change')
    if (javaScript) await look(elsewhere, 'Cancel the change of your email')
    await guest.open(link)
    assert.equal(guest.where(), '/account/email/confirm')
    await see('Confirm your new email')
    await guest.press('Change my email')
    await guest.see(`Your email is now ${longAddress}.`)
    await see('Your account')
    await guest.open(link)
    await see('This link no longer works')

    await elsewhere.open(undo)
    if (javaScript) await look(elsewhere, 'Change your email back')
    await elsewhere.press('Change it back')
    await elsewhere.see(`Your email is ${person.email} again, and everyone is signed out.`)
    if (javaScript) await look(elsewhere, 'Forgot your password?')
    await elsewhere.open(undo)
    if (javaScript) await look(elsewhere, 'This link no longer works')
    await guest.open('/account')
    await guest.see('You were signed out because a change of your email was undone')
  })
}
