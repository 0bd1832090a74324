import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerEnvelope } from 'smtp-server'

export type ReceivedMail = Email & { envelope: { from: string; to: string[] }; source: string }
type Wanted = (mail: ReceivedMail) => boolean
type Refusal = { code: number; to: RegExp; at: 'RCPT' | 'DATA' }
type MailServerOptions = { auth?: { user: string; pass: string }; refuseWith?: number }

export type MailServer = Awaited<ReturnType<typeof openMailServer>>

/** A mailbox for every address there is, behind a real SMTP server. */
export async function openMailServer({ auth, refuseWith }: MailServerOptions = {}) {
  const mails: ReceivedMail[] = []
  const taken = new Set<ReceivedMail>()
  const waiting = new Set<() => void>()
  let refusal: Refusal | null = refuseWith ? { code: refuseWith, to: /./, at: 'RCPT' } : null

  const server = new SMTPServer({
    authOptional: !auth,
    allowInsecureAuth: true,
    closeTimeout: 100,
    disabledCommands: auth ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    onAuth({ username, password }, _session, done) {
      if (username === auth?.user && password === auth?.pass) return done(null, { user: username })
      done(new Error('Wrong user name or password'))
    },
    onRcptTo({ address }, _session, done) {
      done(toError('RCPT', [address]))
    },
    onData(stream, { envelope }, done) {
      const to = envelope.rcptTo.map(({ address }) => address)
      read(buffer(stream), envelope, to).then(() => done(toError('DATA', to)), done)
    },
  })
  server.on('error', () => {}) // a client that hangs up in the middle

  function toError(at: Refusal['at'], addresses: string[]): Error | null {
    if (refusal?.at !== at || !addresses.some((address) => refusal?.to.test(address))) return null
    return Object.assign(new Error('Refused by the test'), { responseCode: refusal.code })
  }

  async function read(arriving: Promise<Buffer>, { mailFrom }: SMTPServerEnvelope, to: string[]) {
    const bytes = await arriving
    if (toError('DATA', to)) return
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
    refuse(code: number, { to = /./, at = 'RCPT' }: Partial<Refusal> = {}) {
      refusal = { code, to, at }
    },
    accept() {
      refusal = null
    },
    async close() {
      await new Promise<void>((resolve) => server.close(resolve))
    },
  }
}

/** Greets, and then never comes to the end of its first answer, however long somebody listens. */
export async function openDrippingServer() {
  const { promise: hungUp, resolve: hangUp } = Promise.withResolvers<void>()
  const { promise: listenedToForLong, resolve: tire } = Promise.withResolvers<void>()
  let drip: NodeJS.Timeout | undefined
  let guest: Socket | undefined
  let drips = 0
  const server = createServer((socket) => {
    guest = socket
    socket.write('220 welcome\r\n')
    socket.once('data', () => {
      drip = setInterval(() => {
        socket.write('250-one moment\r\n')
        if (++drips === 100) tire()
      }, 20)
    })
    socket
      .on('error', () => {})
      .on('close', () => {
        clearInterval(drip)
        hangUp()
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    untilHungUp: () => hungUp,
    /** Somebody still listens after a hundred pieces of the answer. */
    untilListenedToForLong: () => listenedToForLong,
    async [Symbol.asyncDispose]() {
      guest?.destroy()
      server.close()
    },
  }
}
