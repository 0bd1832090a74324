import { earlier, MINUTE_MS } from '../../src/domain/time.ts'
import { decode } from './page-forms.ts'
import { ada, grace } from './people.ts'
import { openPortal, type Portal } from './portal.ts'
import { signIn } from './sign-in.ts'

/** Everybody who is signed in proved it six minutes ago. For portals without Redis: there are no copies that say otherwise. */
export async function letProofsAge({ database }: Pick<Portal, 'database'>, whose = {}): Promise<void> {
  const before = earlier(new Date(), 6 * MINUTE_MS)
  await database.session.updateMany({ where: whose, data: { createdAt: before, authenticatedAt: before } })
}

/** Ada has been signed in for a while, in a browser and by the API. */
export async function openStale(settings = {}) {
  const portal = await openPortal({ people: [ada, grace], settings })
  await signIn(portal.visitor, ada.email)
  const { body } = await portal.client.post('/auth/login', { login: ada.email, password: ada.password })
  await letProofsAge(portal)
  return { portal, secret: body.session.id as string, [Symbol.asyncDispose]: portal[Symbol.asyncDispose] }
}

/** What the page would send on: the fields of its form that are hidden, as a browser reads them. */
export function readHiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [decode(name), decode(value)]))
}
