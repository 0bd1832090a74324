// Takes the README's pictures anew: node test/e2e/screenshots.ts
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ada } from '../support/people.ts'
import { type Guest, openHouse } from './house.ts'

const docs = fileURLToPath(new URL('../../docs/', import.meta.url))
const desk = { width: 1280, height: 860 }
const phone = { width: 320, height: 640 }
const asCustomersSeeIt = { SMTP_URL: 'smtp://127.0.0.1:9' }

await mkdir(docs, { recursive: true })
const house = await openHouse([ada], asCustomersSeeIt)
house.google.personas.ada.email = ada.email
house.google.personas.ada.hd = 'example.com'

{
  await using guest = await house.openWindow({ viewport: desk })
  await guest.open('/login')
  await take(guest, 'sign-in')

  await guest.leaveForGoogle()
  await guest.go(() => guest.page.getByRole('button', { name: ada.displayName }).click())
  await guest.open('/account')
  await take(guest, 'account')
}
{
  await using guest = await house.openWindow({ viewport: desk, colorScheme: 'dark' })
  await guest.open('/register')
  await guest.type({
    Email: 'grace@example.com',
    Password: 'copper lantern orbit',
  })
  await guest.page.getByRole('button', { name: 'Show password' }).click()
  await guest.see('A strong password.')
  await guest.page.getByLabel('Email').focus()
  await take(guest, 'register-dark')
}
{
  await using guest = await house.openWindow({ viewport: phone })
  await guest.open('/login')
  await guest.type({ 'Email or username': ada.email, Password: 'not this one' })
  await guest.press('Sign in')
  await take(guest, 'sign-in-320')
}
await house.close()

async function take({ page }: Guest, name: string) {
  await page.mouse.move(0, 0)
  await page.screenshot({ path: `${docs}${name}.png`, fullPage: true, animations: 'disabled' })
}
