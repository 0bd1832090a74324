import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { listLongestMails } from '../support/letters.ts'
import { ada } from '../support/people.ts'
import { openHouse } from './house.ts'

const brand = {
  BRAND_COLOR: '#7b1fa2',
  TERMS_URL: 'https://example.com/terms',
  PRIVACY_URL: 'https://example.com/privacy',
  SUPPORT_EMAIL: 'help@example.com',
}
const house = await openHouse([], brand)
after(house.close)
const { portal } = house
for (const mail of listLongestMails(portal.baseUrl)) {
  await portal.services.repositories.mails.insert(ada.email, mail, new Date())
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [320, 1280]) {
    test(`every email fits ${width} pixels and can be read in ${colorScheme} colours`, async () => {
      await using guest = await house.openWindow({ colorScheme, viewport: { width, height: 900 } })
      for (const { html, subject } of await portal.services.outbox.listNewest(100)) {
        await guest.page.setContent(html)
        const [wanted, given] = await guest.page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        )
        assert.ok(wanted <= given, `${subject}: ${wanted} of ${given}`)
        assert.deepEqual(await guest.findBarriers(), [], subject)
      }
    })
  }
}
