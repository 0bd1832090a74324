import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { openPortal } from '../support/portal.ts'
import { request } from '../support/raw-request.ts'
import { type Guest, openHouse } from './house.ts'

const house = await openHouse()
after(house.close)
const { portal } = house

const frida = { email: 'frida.kahlo@mail.example' }
const passwords = [
  'short',
  'password1',
  'qwertyuiop',
  'tulipgarden',
  'violin2019!',
  'kw7#Qz!v',
  'Gatehouse umbrella otter',
  'Kahlo umbrella otter',
  'orbit countess lantern',
  'chain mail for example',
  'copper lantern orbit',
  'zażółć gęślą jaźń',
  '🦊🐧🐋🦩🦔🐝🐌🦦',
  'x'.repeat(129),
]

test('the verdict shown while typing a password is the one that counts', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  await guest.open('/register')
  await guest.type({ Email: frida.email })

  for (const password of passwords) {
    await page.evaluate(`document.getElementById('password-strength').replaceChildren()`)
    await guest.type({ Password: password })
    const sentence = await readVerdict(guest)

    const problems = await portal.services.passwords.findProblems(password, { personal: [frida.email] })
    const isPraised = /^A (good|strong) password\.$/.test(sentence)
    assert.equal(isPraised, problems.length === 0, `${password}: ${sentence}`)
  }
})

test('the verdict on a password does not move the button', async () => {
  await using guest = await house.openWindow({ viewport: { width: 320, height: 900 } })
  await guest.open('/register')
  const findButton = () => guest.page.getByRole('button', { name: 'Create account' }).boundingBox()
  const before = await findButton()
  assert.ok(before)
  const script = readFileSync(new URL('../../public/js/password-strength.js', import.meta.url), 'utf8')
  const sentences = [...script.matchAll(/(?<=['`])[A-Z][^'`]+\.(?=['`])/g)].map(([sentence]) => sentence)
  assert.ok(sentences.length >= 20)

  await guest.type({ Email: frida.email, Password: 'copper lantern orbit' })
  await guest.see('A strong password.')
  assert.deepEqual(await findButton(), before)
  for (const sentence of sentences) {
    await guest.page.locator('#password-strength p').evaluate(
      (said, text) => {
        said.textContent = text
      },
      sentence.replaceAll(/\$\{[^}]+\}/g, '99'),
    )
    assert.deepEqual(await findButton(), before, sentence)
  }
})

test('the page is light: the dictionaries are not fetched before somebody types', async () => {
  await using guest = await house.openWindow()
  await guest.open('/register')
  await guest.page.getByLabel('Password').focus()
  await guest.page.waitForLoadState('networkidle')
  const light = guest.requests.map((url) => url.replace(portal.baseUrl, ''))
  assert.deepEqual(
    light.filter((path) => path.includes('/vendor/')),
    [],
  )
  assert.ok((await weigh(light)) < 40_000)

  const dictionaries = guest.page.waitForRequest(/vendor/)
  await guest.page.getByLabel('Password').press('c')
  await dictionaries
})

test('without the dictionaries the page still knows what is too short and what everybody uses', async () => {
  await using guest = await house.openWindow()
  await guest.page.route(/vendor/, (route) => route.abort())
  await guest.open('/register')
  await guest.type({ Email: frida.email })
  assert.equal(await guest.page.locator('#password-strength').textContent(), '')

  const sentences = {
    short: 'Add 3 more characters.',
    seven77: 'Add 1 more character.',
    Password1: 'Too many people use this one.',
    'my gatehouse key': 'Leave out the name of this site.',
    'frida of the lake': 'Leave out your name and your email.',
    'copper lantern orbit': 'Long enough.',
  }
  for (const [password, sentence] of Object.entries(sentences)) {
    await guest.type({ Password: password })
    await guest.see(sentence)
  }
  assert.equal(await guest.page.locator('.strength-meter').count(), 0)
  await guest.press('Create account')
  assert.equal(guest.where(), '/registered')
})

test('nothing that is typed leaves the page before the button is pressed', async () => {
  await using guest = await house.openWindow()
  await guest.open('/register')
  await guest.type({ Email: frida.email, Password: 'copper lantern orbit' })
  await guest.see('A strong password.')

  const asked = guest.requests.map((url) => url.replace(portal.baseUrl, ''))
  assert.deepEqual(
    asked.filter((path) => !/^\/(css|js|img)\/[\w./-]+$/.test(path)),
    ['/register'],
  )
})

test('a password can be looked at, and is hidden again before it is sent', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  const kind = () => page.getByLabel('Password').getAttribute('type')
  await guest.open('/register')
  await guest.type({ Password: 'copper lantern orbit' })
  assert.equal(await kind(), 'password')

  await page.getByRole('button', { name: 'Show password' }).click()
  assert.equal(await kind(), 'text')
  await page.getByRole('button', { name: 'Hide password' }).click()
  assert.equal(await kind(), 'password')

  await page.getByRole('button', { name: 'Show password' }).click()
  await page.evaluate(`document.forms[0].addEventListener('submit', (event) => event.preventDefault())`)
  await page.getByRole('button', { name: 'Create account' }).click()
  assert.equal(await kind(), 'password')
})

test('without JavaScript nothing is shown that would need it', async () => {
  await using guest = await house.openWindow({ javaScript: false })
  await guest.open('/register')

  assert.equal(await guest.page.getByRole('button', { name: 'Show password' }).isVisible(), false)
  assert.equal(await guest.page.locator('#password-strength').textContent(), '')
})

test('under the classic policy nothing is said that would not be decided', async () => {
  await using classic = await openPortal({ settings: { PASSWORD_POLICY: 'classic' } })
  const { text } = await classic.visitor.visit('/register')
  assert.doesNotMatch(text, /password-strength/)
})

/** What is said at last, when the dictionaries are there. */
async function readVerdict({ page }: Guest): Promise<string> {
  const verdict = page.locator('#password-strength p').filter({ hasNotText: 'Long enough.' })
  return (await verdict.textContent()) ?? ''
}

/** Bytes that a new visitor's browser gets. */
async function weigh(paths: string[]): Promise<number> {
  const headers = { ...portal.host, 'accept-encoding': 'gzip, deflate, br' }
  const answers = await Promise.all(paths.map((path) => request({ port: portal.port, path, headers })))
  return answers.reduce((bytes, { size }) => bytes + size, 0)
}
