import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Route } from 'playwright-core'
import { ada } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'

const house = await openHouse([ada])
after(house.close)
const { portal } = house

for (const javaScript of [true, false]) {
  const how = `with JavaScript ${javaScript ? 'on' : 'off'}`

  test(`a wrong password is said where the focus is, and only the password is to be typed again, ${how}`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const { page } = guest
    await guest.open('/login')
    await guest.type({ 'Email or username': ada.email, Password: 'sunset marble piano' })
    await page.getByLabel('Keep me signed in').check()
    await guest.press('Sign in')

    assert.match(await page.title(), /^Error: Sign in/)
    const focused = page.locator(':focus')
    assert.equal(await focused.getAttribute('name'), 'password')
    const sentence = page.locator(`#${await focused.getAttribute('aria-describedby')}`)
    assert.match((await sentence.textContent()) ?? '', /That email or password isn’t right/)
    assert.equal(await page.getByText('That email or password isn’t right').count(), 1)
    assert.equal(await page.getByLabel('Email or username').inputValue(), ada.email)
    assert.equal(await page.getByLabel('Password').inputValue(), '')
    assert.ok(await page.getByLabel('Keep me signed in').isChecked())
  })

  test(`each mistake of a registration is named on top and beside its field, and what was typed stays, ${how}`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const { page } = guest
    await guest.open('/register')
    await guest.type({ Email: 'not "an" <address>' })
    await guest.press('Create account')

    assert.match(await page.title(), /^Error: Create an account/)
    const summary = page.locator(':focus')
    for (const name of ['Email', 'Password']) {
      const field = page.getByLabel(name)
      const id = await field.getAttribute('id')
      const sentence = (await page.locator(`#${id}-error`).textContent()) ?? ''
      assert.equal(await field.getAttribute('aria-invalid'), 'true')
      await summary.getByRole('link', { name: sentence }).waitFor()
    }
    assert.equal(await page.getByLabel('Email').inputValue(), 'not "an" <address>')
    assert.equal(await page.getByLabel('Password').inputValue(), '')

    await summary.getByRole('link').first().click()
    assert.equal(await page.locator(':focus').getAttribute('name'), 'email')
  })
}

test('Back after signing out shows nothing of the account', async () => {
  await using guest = await house.openWindow()
  await signIn(guest)
  await guest.open('/account/profile')
  await guest.open('/account')
  await guest.press('Sign out')

  for (let steps = 0; steps < 4; steps++) {
    await goBack(guest)
    assert.equal(await guest.page.getByText(ada.email).count(), 0, guest.where())
  }
})

test('pressing the button again while the answer is awaited makes one account', async () => {
  await using guest = await house.openWindow()
  await guest.open('/register')
  await guest.type({ Email: 'twice@example.com', Password: 'copper lantern orbit' })
  await pressTwice(guest, 'Create account')

  await guest.page.getByRole('heading', { name: 'Check your email' }).waitFor()
  await guest.open(await portal.linkMailedTo('twice@example.com'))
  await guest.press('Confirm my email')
  await guest.see('Your email is confirmed.')
  const mails = await portal.mails()
  const toConfirm = mails.filter(({ to, subject }) => to === 'twice@example.com' && /Confirm/.test(subject))
  assert.equal(toConfirm.length, 1)
})

test('pressing the button again while the answer is awaited signs in', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login')
  await guest.type({ 'Email or username': ada.username, Password: ada.password })
  await pressTwice(guest, 'Sign in')

  await guest.see('Ada Lovelace')
})

test('somebody already signed in is led past the forms', async () => {
  await using guest = await house.openWindow()
  await signIn(guest)

  for (const [path, goal] of [
    ['/login', '/account'],
    ['/register', '/account'],
    ['/login?return_to=%2Faccount%3Ffrom%3Dmail', '/account?from=mail'],
    ['/', '/account'],
  ] as const) {
    await guest.open(path)
    assert.equal(guest.where(), goal)
  }
})

test('an address that signs out asks first, and takes no for an answer', async () => {
  await using guest = await house.openWindow()
  await signIn(guest)

  await guest.open('/logout')
  await guest.see(ada.email)
  await guest.follow('Stay signed in')
  assert.equal(guest.where(), '/account')
  await guest.open('/logout')
  await guest.press('Sign out')

  await guest.see('You’re signed out.')
})

test('a page left open while another tab signed out leads on, whatever is pressed', async () => {
  await using guest = await house.openWindow()
  await signIn(guest)
  const left = guest.page
  const other = await left.context().newPage()
  await other.goto(`${portal.baseUrl}/logout`)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await other.getByText('You’re signed out.').waitFor()

  await guest.press('Sign out')
  await guest.see('You’re signed out.')
  await guest.open('/account')
  await left.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('a sign-in form left open while another tab signed in leads to the account', async () => {
  await using guest = await house.openWindow()
  await guest.open('/login?return_to=%2Faccount%3Ffrom%3Dmail')
  const other = await guest.page.context().newPage()
  await other.goto(`${portal.baseUrl}/login`)
  await other.getByLabel('Email or username').fill(ada.email)
  await other.getByLabel('Password').fill(ada.password)
  await other.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.getByRole('heading', { name: 'Ada Lovelace' }).waitFor()

  await guest.type({ 'Email or username': 'somebody', Password: 'something' })
  await guest.press('Sign in')

  assert.equal(guest.where(), '/account?from=mail')
})

test('a session that was ended from elsewhere is said so, and the way back leads to the same page', async () => {
  await using guest = await house.openWindow()
  await signIn(guest)
  await portal.database.session.updateMany({ data: { revokedAt: new Date() } })

  await guest.open('/account?from=mail')
  await guest.see('Your session has ended. Please sign in again.')
  await guest.type({ 'Email or username': ada.email, Password: ada.password })
  await guest.press('Sign in')

  assert.equal(guest.where(), '/account?from=mail')
})

test('a mailed link that was used already says so, and a new one is a form away', async () => {
  await using guest = await house.openWindow()
  await guest.open('/register')
  await guest.type({ Email: 'late@example.com', Password: 'copper lantern orbit' })
  await guest.press('Create account')
  const link = await portal.linkMailedTo('late@example.com')
  await guest.open(link)
  await guest.press('Confirm my email')

  await guest.open(link)
  await guest.see('This link no longer works')
  await guest.type({ Email: 'late@example.com' })
  await guest.press('Send me a new link')
  await guest.see('Check your email')
})

async function signIn(guest: Guest) {
  await guest.open('/login')
  await guest.type({ 'Email or username': ada.email, Password: ada.password })
  await guest.press('Sign in')
  await guest.see('Ada Lovelace')
}

/** The first request is taken, and its answer is still awaited when the button is pressed again. */
async function pressTwice({ page }: Guest, name: string) {
  // Not awaited: a page that is left need not answer any more. What the press brings about is awaited.
  const press = () =>
    void page.mouse
      .down()
      .then(() => page.mouse.up())
      .catch(() => {})
  const taken = Promise.withResolvers<unknown>()
  const takeOnly = (route: Route) => route.fetch({ maxRedirects: 0 }).then(taken.resolve, taken.reject)
  await page.route(page.url(), takeOnly, { times: 1 })
  await page.getByRole('button', { name, exact: true }).hover()

  press()
  await taken.promise
  const again = page.waitForRequest(page.url())
  press()
  await again
}

/** As the button of the browser does, which may show a page that it kept alive. */
async function goBack({ page }: Guest) {
  const arrived = page.waitForEvent('framenavigated')
  // A page that is left while it is still answering fails the call: it goes back once it has answered.
  await page.evaluate('setTimeout(() => history.back())')
  await arrived
  await page.getByRole('heading').first().waitFor()
}
