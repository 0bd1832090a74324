import { type DestinationStream, pino } from 'pino'

export type Log = ReturnType<typeof openLog>

/** One JSON line per event. Nothing that opens a door is ever in it, whoever passes it by mistake. */
export function openLog(level: string, destination?: DestinationStream) {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: ['password', 'token', 'secret', 'cookie', 'authorization'].flatMap((word) => [
        word,
        `*.${word}`,
        `*.*.${word}`,
      ]),
      censor: '[hidden]',
    },
  }
  return destination ? pino(options, destination) : pino(options)
}
