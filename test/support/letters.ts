import { readdirSync } from 'node:fs'
import type { MailContent } from '../../src/domain/outgoing-mail/outgoing-mail.ts'

const folder = new URL('../../views/emails/', import.meta.url)
const long = 'wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft'

/** Every email of the portal, to a person whose name and addresses are as long as they may be. */
export function listLongestMails(baseUrl: string): MailContent[] {
  const facts = {
    name: `Hubert ${long}`,
    link: `${baseUrl}/verify-email?token=${'A'.repeat(43)}`,
    expiresIn: '3 days',
    when: '21 November 2026 at 14:05 UTC',
    deadline: '28 November 2026 at 14:05 UTC',
    code: '123456',
    how: 'reset',
    removedGoogle: [`${long.slice(0, 64)}@${long.slice(0, 60)}.example`],
    device: 'Firefox on Linux',
    ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    client: `Billing ${long}`,
    googleEmail: `${long.slice(0, 64)}@${long.slice(0, 60)}.example`,
  }
  const templates = new Set(readdirSync(folder).map((file) => file.split('.')[0]))
  return [...templates].map((template) => ({ template, data: facts }) as unknown as MailContent)
}
