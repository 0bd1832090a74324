import { createTransport } from 'nodemailer'

export type Letter = { to: string; subject: string; text: string; html: string; messageId: string }
/** `put-off` and `refused` are about this letter, `unreachable` about every letter: what was not taken may be tried again, save a refused one. */
export type Delivery =
  | { outcome: 'taken' }
  | { outcome: 'put-off' | 'refused' | 'unreachable'; reason: string }
export type Mailer = {
  /** Answers within `withinMs`. */
  deliver(letter: Letter, limit: { withinMs: number }): Promise<Delivery>
  close(): void
}

const TIMEOUT_MS = 10_000
const patience = {
  dnsTimeout: TIMEOUT_MS,
  connectionTimeout: TIMEOUT_MS,
  greetingTimeout: TIMEOUT_MS,
  socketTimeout: TIMEOUT_MS,
}

/** Connects and signs in, and sends nothing. Throws what the server, or the network, said. */
export async function probeSmtp(url: string): Promise<void> {
  const transport = createTransport({ url, ...patience })
  await transport.verify().finally(() => transport.close())
}

/** Sends through an SMTP server, with ten seconds for each silence and `withinMs` for the whole conversation. */
export function openSmtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport({
    url,
    ...patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async deliver({ to, ...letter }, { withinMs }) {
      const signal = AbortSignal.timeout(withinMs)
      try {
        await transport.sendMail({ ...letter, from, to: { name: '', address: to }, signal })
        return { outcome: 'taken' }
      } catch (error) {
        return { outcome: toOutcome(error as SmtpError), reason: (error as Error).message }
      }
    },
    close: () => transport.close(),
  }
}

type SmtpError = Error & { code?: string; command?: string; responseCode?: number }

function toOutcome(error: SmtpError) {
  if (!isAboutLetter(error)) return 'unreachable'
  return isFinal(error) ? 'refused' : 'put-off'
}

/** Not the sender, which is the same for all, and not 421, which means the server is closing, whatever it was asked (RFC 5321 §3.8). */
function isAboutLetter({ code, command, responseCode }: SmtpError): boolean {
  const isRefusal = code === 'EENVELOPE' || code === 'EMESSAGE'
  return isRefusal && command !== 'MAIL FROM' && responseCode !== 421
}

/** The server will never take it: there is no such mailbox, or it refuses the text (RFC 5321 §4.2.1). */
function isFinal({ responseCode = 0 }: SmtpError): boolean {
  return responseCode >= 500
}
