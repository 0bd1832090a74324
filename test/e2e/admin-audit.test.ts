import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { writeBatch } from '../support/audit-log.ts'
import { letProofsAge } from '../support/freshness.ts'
import { boss } from '../support/office.ts'
import { ada } from '../support/people.ts'
import { openHouse } from './house.ts'
import { look } from './look.ts'

const house = await openHouse([boss, ada])
after(house.close)
const { portal } = house
for (let batch = 0; batch < 8; batch++) await writeBatch(portal, batch)

for (const javaScript of [true, false])
  test(`an administrator finds an event and takes the log along (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
    await using guest = await house.openWindow({ javaScript })
    await guest.open('/login?return_to=/admin')
    await guest.type({ 'Email or username': boss.email, Password: boss.password })
    await guest.press('Sign in')
    await guest.follow('Audit log')
    await guest.see('method: password')
    if (javaScript) await look(guest, 'Audit log')

    await guest.type({ 'Whose account': 'grace' })
    await guest.page.getByLabel('What happened').selectOption({ label: 'Profile changed' })
    await guest.press('Show')
    assert.match(guest.where(), /user=grace&/)
    await guest.see('fields: name')
    if (javaScript) await look(guest, 'Audit log')

    await guest.open('/admin/audit?from=nonsense')
    await guest.see('Use a day like 2026-11-21')
    if (javaScript) await look(guest, 'Error: Audit log')
    await guest.open('/admin/audit?user=nobody')
    await guest.see('Nothing matches that.')

    await letProofsAge(portal)
    await guest.follow('Download these as JSON lines')
    await guest.type({ Password: boss.password })
    const coming = guest.page.waitForEvent('download')
    await guest.page.getByRole('button', { name: 'Continue', exact: true }).click()
    const file = await coming
    assert.match(file.suggestedFilename(), /^audit-.*\.jsonl$/)
  })
