import type { Portal } from './portal.ts'
import { openStranger } from './strangers.ts'
import type { Answer } from './visitor.ts'

export const password = 'copper lantern orbit'
// As long as Ada's address, so that nothing but the address differs.
export const newcomer = 'eve@example.com'
export const unproved = 'bob@example.com'

/** An answer without what differs each time: its address, ids, dates and random values. */
export function mask({ status, headers, text }: Answer, email: string) {
  const cookies = (headers['set-cookie'] ?? []) as unknown as string[]
  return {
    status,
    text: text.replaceAll(email, 'somebody').replace(/"request_id":"[^"]+"/, ''),
    headers: Object.entries(headers)
      .filter(([name]) => !['date', 'x-request-id', 'set-cookie', 'etag'].includes(name))
      .sort(),
    cookies: cookies.map((line) =>
      line
        .replace(/=([^;]*)/, (_, value) => `=${decodeURIComponent(value).length} characters`)
        .replace(/Expires=[^;]*/, ''),
    ),
  }
}

export function register(portal: Portal, form: Record<string, unknown>) {
  return openStranger(portal).post('/auth/register', { password, ...form })
}
