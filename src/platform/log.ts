import { type DestinationStream, pino } from 'pino'

export type Log = ReturnType<typeof openLog>

const SECRET_WORDS = ['password', 'token', 'secret', 'cookie', 'authorization']

/** What stands before the @ (in the address of a page: %40) of an email address; escapes of JSON are found too, so that none is torn. */
const EMAIL_NAME =
  /\\(?:u[\da-f]{4}|.)|[^\s"'<>\\,;:@()[\]{}/=]{1,64}(?:@|%40)(?=[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2})/giu

const shorten = (found: string) => (found.startsWith('\\') ? found : '…@')

/** Most lines hold no @, and are not searched. */
function shortenEmails(line: string): string {
  return line.includes('@') || line.includes('%40') ? line.replace(EMAIL_NAME, shorten) : line
}

/** One JSON line per event. It never holds a secret, even if one is passed by mistake, nor a whole email address. */
export function openLog(level: string, destination?: DestinationStream) {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: toLoggedError },
    hooks: { streamWrite: shortenEmails },
    redact: {
      paths: SECRET_WORDS.flatMap((word) => [word, `*.${word}`, `*.*.${word}`]),
      censor: '[hidden]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** For somebody watching a terminal; pino-pretty is a development dependency. */
export async function openReadableOutput(): Promise<DestinationStream | undefined> {
  if (!process.stdout.isTTY) return undefined
  const pretty = await import('pino-pretty').catch(() => null)
  return pretty?.default({ sync: true, ignore: 'request_id' })
}

type LoggedError = { type: string; message: string; code?: string; stack?: string; cause?: LoggedError }

/** An error without what libraries attach to it: commands, bodies, claims. */
export function toLoggedError(error: unknown): LoggedError | undefined {
  if (error === undefined || error === null) return undefined
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && { code: String(error.code) }),
    stack: error.stack,
    cause: toLoggedError(error.cause),
  }
}
