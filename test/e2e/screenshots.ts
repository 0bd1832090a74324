// Takes the README's picture anew: node test/e2e/screenshots.ts
import { fileURLToPath } from 'node:url'
import { openHouse } from './house.ts'

const picture = fileURLToPath(new URL('../../docs/sign-in.png', import.meta.url))
const asCustomersSeeIt = { SMTP_URL: 'smtp://127.0.0.1:9' }

const house = await openHouse([], asCustomersSeeIt)
{
  await using guest = await house.openWindow({ viewport: { width: 1280, height: 860 } })
  await guest.open('/login')
  await guest.page.screenshot({ path: picture, fullPage: true, animations: 'disabled' })
}
await house.close()
