import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerEnvelope } from 'smtp-server'

export type ReceivedMail = Email & { envelope: { from: string; to: string[] }; source: string }
type Wanted = (mail: ReceivedMail) => boolean
type MailServerOptions = { auth?: { user: string; pass: string }; refuseWith?: number }

export type MailServer = Awaited<ReturnType<typeof openMailServer>>

/** A mailbox for every address there is, behind a real SMTP server. */
export async function openMailServer({ auth, refuseWith }: MailServerOptions = {}) {
  const mails: ReceivedMail[] = []
  const taken = new Set<ReceivedMail>()
  const waiting = new Set<() => void>()
  let refusal: number | null = refuseWith ?? null

  const server = new SMTPServer({
    authOptional: !auth,
    allowInsecureAuth: true,
    closeTimeout: 100,
    disabledCommands: auth ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    onAuth({ username, password }, _session, done) {
      if (username === auth?.user && password === auth?.pass) return done(null, { user: username })
      done(new Error('Wrong user name or password'))
    },
    onRcptTo(_address, _session, done) {
      done(refusal ? Object.assign(new Error('Refused by the test'), { responseCode: refusal }) : null)
    },
    onData(stream, { envelope }, done) {
      read(buffer(stream), envelope).then(() => done(), done)
    },
  })
  server.on('error', () => {}) // a client that hangs up in the middle

  async function read(arriving: Promise<Buffer>, { mailFrom, rcptTo }: SMTPServerEnvelope) {
    const bytes = await arriving
    const to = rcptTo.map(({ address }) => address)
    const envelope = { from: mailFrom ? mailFrom.address : '', to }
    mails.push({ ...(await PostalMime.parse(bytes)), envelope, source: bytes.toString() })
    for (const look of waiting) look()
  }

  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const credentials = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@` : ''

  return {
    url: `smtp://${credentials}127.0.0.1:${port}`,
    port,
    mails,
    /** The oldest wanted mail that was not handed out before; waits for it. */
    nextMail(isWanted: Wanted = () => true, { withinMs = 5_000 } = {}): Promise<ReceivedMail> {
      return new Promise((resolve, reject) => {
        const look = () => {
          const mail = mails.find((candidate) => !taken.has(candidate) && isWanted(candidate))
          if (!mail) return
          taken.add(mail)
          stop()
          resolve(mail)
        }
        const timer = setTimeout(() => {
          stop()
          const subjects = mails.map(({ subject }) => subject).join(', ')
          reject(new Error(`The mail did not come within ${withinMs} ms. There are: ${subjects || 'none'}.`))
        }, withinMs)
        const stop = () => {
          clearTimeout(timer)
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      })
    },
    /** 4xx: try again later; 5xx: never. */
    refuse(code: number) {
      refusal = code
    },
    accept() {
      refusal = null
    },
    async close() {
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
}
