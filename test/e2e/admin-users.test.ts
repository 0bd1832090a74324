import { after, test } from 'node:test'
import { boss } from '../support/office.ts'
import { ada } from '../support/people.ts'
import { openHouse } from './house.ts'
import { look } from './look.ts'

const house = await openHouse([boss, ada])
after(house.close)

for (const javaScript of [true, false])
  test(`an administrator finds, edits, deactivates and reactivates somebody, and invites others, ${javaScript ? 'with' : 'without'} JavaScript`, async () => {
    await using guest = await house.openWindow({ javaScript })
    await guest.open('/login?return_to=/admin/users')
    await guest.type({ 'Email or username': boss.email, Password: boss.password })
    await guest.press('Sign in')
    await look(guest, 'Users')
    await guest.page.getByLabel('Search').fill('ada')
    await guest.press('Show')
    await guest.follow('Ada Lovelace')
    await look(guest, 'Ada Lovelace')

    await guest.follow('Edit name and username')
    await look(guest, 'Edit an account')
    await guest.page.getByLabel(/^Username/).fill('a b')
    await guest.press('Save')
    await look(guest, 'Error: Edit an account')
    await guest.page.getByLabel(/^Username/).fill('ada')
    await guest.press('Save')
    await guest.see('The changes are saved.')
    await guest.follow('Deactivate')
    await look(guest, 'Deactivate an account')
    await guest.page.getByLabel(/^Reason/).fill('On leave')
    await guest.page.getByLabel(/^Until/).fill('2020-01-01')
    await guest.press('Deactivate the account')
    await look(guest, 'Error: Deactivate an account')
    await guest.page.getByLabel(/^Until/).fill('2099-12-01')
    await guest.press('Deactivate the account')
    await guest.see('The account is deactivated')
    await look(guest, 'Ada Lovelace')
    await guest.press('Reactivate')
    await guest.see('The account is active again.')

    await guest.open('/admin/users/new')
    await look(guest, 'Invite someone')
    await guest.press('Send the invitation')
    await look(guest, 'Error: Invite someone')
    await guest.type({ Email: `invited-${javaScript}@example.com` })
    await guest.press('Send the invitation')
    await guest.see(/We’ve sent an invitation/)
    await look(guest, `invited-${javaScript}@example.com`)
  })
