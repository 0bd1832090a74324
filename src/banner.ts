import type { Config } from './config.ts'
import type { Log } from './platform/log.ts'

/** Once, when the portal is open: for the log, and for whoever sits at the terminal in development. */
export function sayWhereToGo(config: Config, log: Log) {
  const { isProduction, baseUrl, portalName, sendsMail, mailboxShown, google, isHttps, workers } = config
  log.info({ address: baseUrl, ...(workers > 1 && { workers }) }, 'the portal is open')
  const way = toWay(config)
  if (way) log.info(`email is sent through ${way}`)
  if (!sendsMail) log.warn('no email is sent: neither SMTP_URL nor SES_REGION is set')
  if (isProduction) return
  const lines = [
    '',
    `  ${portalName} is open at ${baseUrl}`,
    '',
    ...(mailboxShown ? [`  Mailbox  ${baseUrl}/dev/mailbox: emails wait here instead of being sent`] : []),
    `  API      ${baseUrl}/docs`,
    `  Google   ${google ? 'is on' : 'is off: npm run demo'}`,
    '',
    ...(isHttps ? [] : ['  It uses plain http: fine on your own machine, and only there.']),
    '  Press Ctrl+C to stop it.',
    '',
  ]
  console.error(lines.join('\n'))
}

/** Without the password that stands in the address of a mail server. */
function toWay({ smtpUrl, sesRegion }: Config): string | null {
  if (sesRegion) return `Amazon SES in ${sesRegion}`
  return smtpUrl && `the mail server at ${new URL(smtpUrl).host}`
}
