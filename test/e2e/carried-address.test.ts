import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openHouse } from './house.ts'

const house = await openHouse()
after(house.close)

test('an email that I typed goes along from page to page, although I sent nothing', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  const email = 'frida.kahlo@mail.example'
  await guest.open('/login')
  await guest.type({ 'Email or username': email })

  await guest.follow('Create an account')
  assert.equal(await page.getByLabel('Email').inputValue(), email)
  await guest.type({ Email: `my.${email}` })
  await guest.follow('Sign in')

  assert.equal(await page.getByLabel('Email or username').inputValue(), `my.${email}`)
  assert.doesNotMatch(guest.where(), /frida/)
})

test('a username stays where I typed it', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.type({ 'Email or username': 'frida' })
  await guest.follow('Create an account')
  assert.equal(await guest.page.getByLabel('Email').inputValue(), '')
})
