import { createTransport } from 'nodemailer'
import { loadOnce } from './loading.ts'
import type { Delivery, Mailer } from './mailer.ts'

type SesError = Error & { $metadata?: { httpStatusCode?: number } }

const CONNECT_AT_MOST_MS = 10_000
/** SES says no to this letter. Whatever else it says is about every letter. */
const REFUSALS = ['MessageRejected', 'BadRequestException']
/** An identity of the account, which its operator can still verify; also every recipient while the account is in the sandbox. */
const NOT_VERIFIED = /not verified/i

/**
 * Sends through Amazon SES in that region. The SDK finds its credentials where it always does: in the environment, a profile or the
 * role of the machine. It is loaded with the first letter.
 */
export function openSesMailer({ region, from }: { region: string; from: string }): Mailer {
  let isUsed = false
  const open = loadOnce(async () => {
    const { SESv2Client, SendEmailCommand } = await import('@aws-sdk/client-sesv2')
    // The outbox tries again, not the SDK.
    const requestHandler = { connectionTimeout: CONNECT_AT_MOST_MS }
    return { client: new SESv2Client({ region, maxAttempts: 1, requestHandler }), SendEmailCommand }
  })

  async function openTransport(abortSignal: AbortSignal) {
    isUsed = true
    const { client, SendEmailCommand } = await open()
    const send = (command: InstanceType<typeof SendEmailCommand>) => client.send(command, { abortSignal })
    return createTransport({
      SES: { sesClient: { send }, SendEmailCommand },
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }

  return {
    async deliver({ to, ...letter }, { withinMs }) {
      try {
        const transport = await openTransport(AbortSignal.timeout(withinMs))
        await transport.sendMail({ ...letter, from, to: { name: '', address: to } })
        return { outcome: 'taken' }
      } catch (error) {
        return toDelivery(error as SesError)
      }
    },

    close() {
      if (isUsed)
        open()
          .then(({ client }) => client.destroy())
          .catch(() => {})
    },
  }
}

function toDelivery({ name, message }: SesError): Delivery {
  const reason = `${name}: ${message}`
  if (!REFUSALS.includes(name)) return { outcome: 'unreachable', reason }
  return { outcome: NOT_VERIFIED.test(message) ? 'put-off' : 'refused', reason }
}
