import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { openPortal } from '../support/portal.ts'

const passwords = [
  'password1',
  'kw7#Qz!v',
  'copper lantern orbit',
  'Gatehouse umbrella otter',
  'orbit countess lantern',
  'chain mail for example',
  'x'.repeat(129),
]

test('what is said while a password is chosen is what will be decided', async () => {
  await using portal = await openPortal()
  const browser = await openBrowser()
  try {
    const { page, pageErrors } = await browser.openWindow()
    await page.goto(`${portal.baseUrl}/register`)
    await page.fill('#email', 'ada.lovelace@mail.example')
    await page.fill('#username', 'countess')

    for (const password of passwords) {
      await page.fill('#password', '')
      await page.locator('#password-strength:empty').waitFor({ state: 'attached' })
      await page.fill('#password', password)
      const sentence = (await page.locator('#password-strength p').textContent()) ?? ''
      const problem = await portal.services.passwords.validateStrength(password, [
        'ada.lovelace@mail.example',
        'countess',
        null,
      ])
      assert.equal(
        /^A (good|strong) password\.$/.test(sentence),
        problem === null,
        `${password}: ${sentence}`,
      )
    }
    assert.deepEqual(pageErrors, [])
  } finally {
    await browser.close()
  }
})

test('under the classic policy nothing is said that would not be decided', async () => {
  await using portal = await openPortal({ settings: { PASSWORD_POLICY: 'classic' } })
  const { text } = await portal.visitor.visit('/register')
  assert.doesNotMatch(text, /password-strength/)
})
