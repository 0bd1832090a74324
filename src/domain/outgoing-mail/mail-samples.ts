import type { Circumstances } from './circumstances.ts'
import type { MailContent, MailTemplate } from './outgoing-mail.ts'

type DataOf<T extends MailTemplate> = MailContent extends infer Each
  ? Each extends { template: infer Names; data: infer Data }
    ? T extends Names
      ? Data
      : never
    : never
  : never
/** Every form that each email has. Who adds an email adds it here. */
type Samples = { [T in MailTemplate]: [DataOf<T>, ...DataOf<T>[]] }
/** Whose emails they are: their own names and addresses, and those that others chose. */
export type SampleReader = { name: string; email: string; client: string }

const endless = 'wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaft'
const longEmail = `${endless.slice(0, 64)}@${endless.slice(0, 60)}.example`

const somewhere: Circumstances = {
  when: '21 November 2026 at 14:05 UTC',
  device: 'Firefox on Linux',
  ip: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  place: 'Zürich, Switzerland',
}
const deadline = '24 November 2026 at 14:05 UTC'
const atHome: Circumstances = { ...somewhere, ip: '192.168.1.20', place: null }

/** People for whom an email is not easily written. */
export const sampleReaders = {
  ordinary: { name: 'Ada Lovelace', email: 'ada@example.com', client: 'Backup' },
  long: { name: `Hubert ${endless}`, email: longEmail, client: `Billing ${endless}` },
  endless: { name: 'n'.repeat(200), email: longEmail, client: 'c'.repeat(200) },
  'right-to-left': { name: 'فاطمة الزهراء', email: 'fatima@example.com', client: 'נתונים' },
  hostile: {
    name: '<b>Eve</b> & "co" <%= 7*7 %>\u202e\u2066moc.live\r\nBcc: eve@evil.example\r\n\r\nClick https',
    email: 'eve+<script>@example.com',
    client: '</strong><img src=x onerror=alert(1)>\u202egpj.exe\nSubject: hello',
  },
} satisfies Record<string, SampleReader>

/** Every email of the portal in all its forms, as this person would get it. */
export function listSampleMails(reader: SampleReader, baseUrl: string): MailContent[] {
  return Object.entries(toSamples(reader, baseUrl)).flatMap(([template, forms]) =>
    forms.map((data) => ({ template, data }) as MailContent),
  )
}

function toSamples({ name, email, client }: SampleReader, baseUrl: string): Samples {
  const to = (path: string) => ({ name, link: `${baseUrl}/${path}` })
  const withToken = (path: string) => to(`${path}?token=${'A'.repeat(43)}`)
  const proof = { ...withToken('verify-email'), name: null, expiresIn: '3 days' }
  const reset = { ...withToken('reset-password'), expiresIn: '1 hour' }
  const lines = [
    { title: 'An app has access to your account', text: `${client} was given access to your account.` },
    { title: 'Google opens your account', text: `The Google account ${email} was linked to your account.` },
    { title: 'Your role was changed', text: 'An administrator made you an administrator.', where: null },
  ]
  const toNotice = (count: number) => ({
    ...withToken('not-me'),
    userId: '',
    lines: Array.from({ length: count }, (_, index) => ({
      when: somewhere.when,
      where: `${somewhere.device}, ${somewhere.place} (${somewhere.ip})`,
      ...(lines[index % lines.length] as (typeof lines)[number]),
    })),
    more: 0,
    expiresIn: '7 days',
    dueAt: '2026-11-21T14:05:00.000Z',
  })
  return {
    'verify-email': [{ ...proof, code: '294017' }],
    invitation: [{ ...proof, code: null }],
    welcome: [
      { ...to('account'), email },
      { ...to('account'), name: null, email },
    ],
    'reset-password': [reset, { ...reset, name: null }],
    'set-password': [reset],
    'account-notice': [toNotice(1), toNotice(3), { ...toNotice(10), more: 12 }],
    'change-email': [
      { ...withToken('account/email/confirm'), name: null, code: '294017', expiresIn: '1 day' },
    ],
    'email-change-asked': [{ ...withToken('undo-email-change'), deadline, ...somewhere }],
    'email-changed': [{ ...withToken('undo-email-change'), deadline, ...somewhere }],
    'email-change-undone': [
      { ...to('forgot-password'), undone: 'restored', ...somewhere },
      { ...to('forgot-password'), undone: 'cancelled', ...somewhere },
      { ...to('login'), name: null, undone: 'removed', when: somewhere.when },
    ],
    'email-wanted': [{ ...to('login'), ...somewhere }],
    'deletion-requested': [{ ...to('account'), deadline, ...somewhere }],
    'account-deleted': [{ name }],
    'new-administrator': [
      { ...to('admin/users'), email, by: email, when: somewhere.when },
      { ...to('admin/users'), name: null, email, by: null, when: somewhere.when },
    ],
    'many-wrong-passwords': [{ ...to('forgot-password'), when: somewhere.when }],
    'already-registered': [
      { ...to('login'), ways: 'your password or Google', ...somewhere },
      { ...to('login'), ways: null, ...atHome },
    ],
    'google-took-over': [{ ...to('account'), ...somewhere }],
    'refresh-token-reused': [
      { ...to('account'), client, ...somewhere },
      { ...to('account'), client: null, ...atHome },
    ],
  }
}
