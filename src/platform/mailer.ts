import { createTransport } from 'nodemailer'

export type Letter = { to: string; subject: string; text: string; html: string; messageId: string }
export type Mailer = {
  /** Null when the letter was taken, else why it never will be. Rejects when another attempt makes sense. */
  deliver(letter: Letter): Promise<string | null>
  close(): void
}

const TIMEOUT_MS = 10_000

/** Sends through an SMTP server, with ten seconds for each step. */
export function openSmtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport({
    url,
    dnsTimeout: TIMEOUT_MS,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async deliver({ to, subject, text, html, messageId }) {
      const letter = { from, to: { name: '', address: to }, subject, text, html, messageId }
      try {
        await transport.sendMail(letter)
        return null
      } catch (error) {
        if (error instanceof Error && isFinal(error)) return error.message
        throw error
      }
    },
    close: () => transport.close(),
  }
}

/** The server knows no such mailbox (RFC 5321 §4.2.1). */
function isFinal(error: Error & { command?: string; responseCode?: number }): boolean {
  return error.command === 'RCPT TO' && (error.responseCode ?? 0) >= 500
}
