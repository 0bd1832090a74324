import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { ada } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'

const house = await openHouse([ada], { NODE_ENV: 'development' })
after(house.close)
const { portal } = house

test('mark, heading, Google and fields stand on one axis, and Google is first and as tall as a field', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  await guest.open('/login')

  const google = await boxOf(page.getByRole('button', { name: 'Sign in with Google' }))
  const field = await boxOf(page.getByLabel('Email or username'))
  const others = [page.getByRole('heading', { name: 'Sign in to Gatehouse' }), page.locator('.brand-mark')]
  for (const other of others) assert.equal((await boxOf(other)).x, field.x)
  assert.deepEqual([google.x, google.height], [field.x, field.height])
  assert.ok(google.y < field.y)
})

test('a button that was pressed shows that the answer is awaited, and nothing moves', async () => {
  await using guest = await house.openWindow()
  const { page } = guest
  const button = page.getByRole('button', { name: 'Sign in', exact: true })
  await guest.open('/login')
  await guest.type({ 'Email or username': ada.email, Password: 'not this one' })
  const before = await boxOf(button)

  await page.evaluate(`document.addEventListener('submit', (event) => event.preventDefault())`)
  await button.click()
  assert.notEqual(await button.getAttribute('data-pending'), null)
  assert.deepEqual(await boxOf(button), before)

  await page.evaluate(`dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
  assert.equal(await button.getAttribute('data-pending'), null)
})

for (const javaScript of [true, false]) {
  test(`times are told ${javaScript ? 'as the clock on the wall has them' : 'in UTC where no script runs'}`, async () => {
    await using guest = await house.openWindow({ javaScript, timezoneId: 'Asia/Kathmandu' })
    await signIn(guest)
    await portal.database.session.updateMany({ data: { createdAt: new Date('2026-11-21T13:00:00Z') } })
    await guest.open('/account')
    const shown = guest.page.getByText(/21 November 2026|November 21, 2026/).first()

    assert.match((await shown.textContent()) ?? '', javaScript ? /6:45/ : /13:00 UTC/)
  })
}

test('what happened on the page before has the focus, so it is read out', async () => {
  for (const javaScript of [true, false]) {
    await using guest = await house.openWindow({ javaScript })
    await signIn(guest)
    await guest.press('Sign out')
    assert.match(String(await readFocused(guest, 'textContent')), /^\s*You’re signed out\./)
  }
})

test('in the reference you can skip to the content, and the list of contents marks what is being read', async () => {
  await using guest = await house.openWindow({ viewport: { width: 1280, height: 800 } })
  const { page } = guest
  const marked = page.locator('.contents [aria-current]')
  await guest.open('/docs')
  assert.equal(await marked.textContent(), 'Start here')
  await page.keyboard.press('Tab')
  assert.equal(await readFocused(guest, 'textContent'), 'Skip to the content')
  await page.keyboard.press('Enter')
  assert.equal(await readFocused(guest, 'id'), 'main')

  await page.getByRole('link', { name: 'Problems', exact: true }).click()
  await marked.and(page.getByText('Problems', { exact: true })).waitFor()
  assert.equal(await marked.count(), 1)
})

test('a name that is read from right to left is, and leaves what stands beside it alone', async () => {
  const dalia = { email: 'dalia@example.com', password: 'copper lantern orbit', displayName: 'דליה רביקוביץ' }
  await portal.addPerson(dalia)
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.type({ 'Email or username': dalia.email, Password: dalia.password })
  await guest.press('Sign in')

  const heading = guest.page.getByRole('heading', { level: 1 })
  assert.equal(await heading.textContent(), dalia.displayName)
  const direction = await guest.page.evaluate(`getComputedStyle(document.querySelector('h1')).direction`)
  assert.equal(direction, 'rtl')
})

test('the bar for developers and the mailbox keep nobody out', async () => {
  await using guest = await house.openWindow({ viewport: { width: 320, height: 640 } })
  await guest.open('/dev/mailbox')
  assert.deepEqual(await guest.findBarriers(), [])
  await guest.open('/register')
  await guest.type({ Email: 'reader@example.com', Password: 'copper lantern orbit' })
  await guest.press('Create account')
  await guest.follow(/Mailbox \(\d+\)/)
  await guest.page.frameLocator('iframe').getByRole('link').first().waitFor()
  assert.deepEqual(await guest.findBarriers(), [])
  assert.equal(await guest.page.evaluate('document.documentElement.scrollWidth'), 320)
})

async function signIn(guest: Guest) {
  await guest.open('/login')
  await guest.type({ 'Email or username': ada.email, Password: ada.password })
  await guest.press('Sign in')
  await guest.see('Ada Lovelace')
}

/** Of what has the focus now: nothing is waited for. */
/** Browsers give a new page its focus only when they first paint it: that is awaited. */
function readFocused({ page }: Guest, property: 'id' | 'textContent') {
  return page.locator(':focus').evaluate((element, property) => element[property], property)
}

async function boxOf(element: Locator) {
  const box = await element.boundingBox()
  assert.ok(box)
  return box
}
