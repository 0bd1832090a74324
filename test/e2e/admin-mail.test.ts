import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { letProofsAge } from '../support/freshness.ts'
import { boss } from '../support/office.ts'
import { write } from '../support/outbox.ts'
import { openHouse } from './house.ts'
import { look } from './look.ts'

const house = await openHouse([boss])
after(house.close)
const { portal } = house
const longest = `${'a'.repeat(64)}@${'b'.repeat(60)}.example`

for (const javaScript of [true, false])
  test(`an administrator cancels an email that waits (${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
    await using guest = await house.openWindow({ javaScript })
    await guest.open('/login?return_to=/admin')
    await guest.type({ 'Email or username': boss.email, Password: boss.password })
    await guest.press('Sign in')
    await guest.open('/admin/mail?to=nobody@example.com')
    await guest.see('There are no such emails.')
    if (javaScript) await look(guest, 'Email')
    await write(portal, longest, 'https://a/1', new Date())
    const failed = { failedAt: new Date(), attempts: 4, lastError: '550 5.1.1 no such mailbox here' }
    await write(portal, 'gone@example.com', 'https://a/2', new Date())
    await portal.database.outgoingMail.updateMany({ where: { recipient: 'gone@example.com' }, data: failed })

    await letProofsAge(portal)
    await guest.open('/admin')
    await guest.follow(/^Email/)
    await guest.see('550 5.1.1 no such mailbox here')
    if (javaScript) await look(guest, 'Email')
    await guest.press(`Cancel the email “Confirm your email” to ${longest}`)
    await guest.type({ Password: boss.password })
    await guest.press('Continue')
    if (!javaScript) await guest.press('Continue')
    await guest.see('The email is cancelled. It was never sent.')
    assert.equal(guest.where(), '/admin/mail')
  })
