import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { nextAddress } from '../support/strangers.ts'
import { openHouse } from './house.ts'

const house = await openHouse()
after(house.close)
const { portal } = house

const email = 'frida.kahlo@example.com'
const candidates = [
  'short',
  'password',
  'Password1!',
  'qwertyuiop',
  'aaaaaaaaaaaa',
  '12345678',
  '20041231',
  'gatehouse rules',
  'Kahlo loves blue',
  'sunshine',
  'kX7!qz2p',
  'copper lantern orbit',
  'correct horse battery staple',
  'zażółć gęślą jaźń',
  '\u{1F98A}\u{1F427}\u{1F40B}\u{1F9A9}\u{1F994}\u{1F41D}\u{1F40C}\u{1F9A6}',
  'é'.repeat(129),
]

test('what is said beside the password while it is chosen is what the portal says in the end', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  const feedback = page.locator('#password-strength')
  await guest.open('/register')
  await guest.type({ Email: email })

  for (const [index, password] of candidates.entries()) {
    await feedback.evaluate('(element) => element.replaceChildren()')
    await guest.type({ Password: password })
    const sentence = await feedback.locator('p').innerText()
    const isPraised = /^A (good|strong) password\.$/.test(sentence)

    const visitor = portal.openVisitor({ 'x-forwarded-for': nextAddress() })
    const address = `frida.kahlo@example${index}.com`
    const { status } = await visitor.submit('/register', { email: address, password })
    assert.equal(status, isPraised ? 303 : 422, `${password}: ${sentence}`)
  }
})

test('nothing that is typed leaves the page before the button is pressed', async () => {
  await using guest = await house.openWindow()
  await guest.open('/register')
  await guest.type({ Email: email, Password: 'copper lantern orbit' })
  await guest.see('A strong password.')

  const { origin } = new URL(portal.baseUrl)
  const asked = guest.requests.filter((url) => !/^\/(css|js|img)\/[\w./-]+$/.test(url.replace(origin, '')))
  assert.deepEqual(asked, [`${origin}/register`])
})

test('a password can be looked at, and is hidden again before it is sent', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  const field = page.getByLabel('Password')
  await guest.open('/register')
  await guest.type({ Email: 'not an address', Password: 'copper lantern orbit' })
  assert.equal(await field.getAttribute('type'), 'password')

  await page.getByRole('button', { name: 'Show password' }).click()
  assert.equal(await field.getAttribute('type'), 'text')
  await page.getByRole('button', { name: 'Hide password' }).click()
  assert.equal(await field.getAttribute('type'), 'password')

  await page.getByRole('button', { name: 'Show password' }).click()
  await page.evaluate(`document.forms[0].addEventListener('submit', (event) => event.preventDefault())`)
  await page.getByRole('button', { name: 'Create account' }).click()
  assert.equal(await field.getAttribute('type'), 'password')
})

test('without JavaScript there is nothing that would need it', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  await guest.open('/register')

  assert.equal(await guest.page.getByRole('button', { name: 'Show password' }).isVisible(), false)
  assert.equal(await guest.page.locator('#password-strength').innerText(), '')
})
