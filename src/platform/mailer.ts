import { createTransport } from 'nodemailer'

export type Letter = { to: string; subject: string; text: string; html: string; messageId: string }
export type Mailer = { deliver(letter: Letter): Promise<void>; close(): void }

const TIMEOUT_MS = 10_000

/** Sends through an SMTP server; rejects when it does not take the letter within ten seconds a step. */
export function openSmtpMailer({ url, from }: { url: string; from: string }): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    deliver: async ({ to, ...letter }) => {
      await transport.sendMail({ from, to: { name: '', address: to }, ...letter })
    },
    close: () => transport.close(),
  }
}
