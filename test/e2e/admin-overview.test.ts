import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { toHour } from '../../src/domain/sign-in-hour/sign-in-hour.ts'
import { earlier, HOUR_MS } from '../../src/domain/time.ts'
import { grace, type Person } from '../support/people.ts'
import { openHouse } from './house.ts'
import { look } from './look.ts'

const boss = { ...grace, role: 'admin' } satisfies Person
const house = await openHouse([boss])
after(house.close)
const SPIKE = 12_345
const now = new Date()
await house.portal.database.signInHour.createMany({
  data: Array.from({ length: 700 }, (_, index) => ({
    hour: toHour(earlier(now, (index + 1) * HOUR_MS)),
    succeeded: index === 20 ? SPIKE : index % 24,
    refused: index % 5,
  })),
})

for (const javaScript of [true, false]) {
  test(`an administrator reads how the portal is doing, ${javaScript ? 'with' : 'without'} JavaScript`, async () => {
    await using guest = await house.openWindow({ javaScript })
    const { page } = guest
    await guest.open('/login')
    await guest.type({ 'Email or username': boss.email, Password: boss.password })
    await guest.press('Sign in')
    await guest.follow('Administration')
    assert.equal(guest.where(), '/admin')
    await guest.see('Works: a token signed just now was verified')
    const charts = page.getByRole('img')
    assert.deepEqual(
      [await charts.count(), await page.getByRole('img', { name: /^Sign-ins in the last 24 hours/ }).count()],
      [2, 1],
    )
    await look(guest, 'Administration')

    assert.equal(await page.getByRole('table').count(), 0)
    for (const summary of await page.getByText(/^Show the numbers/).all()) await summary.press('Enter')
    const [hours, days] = await page.getByRole('table').all()
    assert.deepEqual([await hours?.getByRole('row').count(), await days?.getByRole('row').count()], [25, 31])
    await guest.see(SPIKE.toLocaleString('en-GB'))
    await look(guest, 'Administration')
  })
}
