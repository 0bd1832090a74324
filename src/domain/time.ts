export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** ISO 8601 in UTC to the millisecond, as the API, JSON and Redis write it: such texts sort as the times they name. */
export type Instant = string

export function later(from: Date, ms: number): Date {
  return new Date(from.getTime() + ms)
}

export function earlier(from: Date, ms: number): Date {
  return new Date(from.getTime() - ms)
}

/** As tokens name a time (RFC 7519 §2). */
export function toSeconds(time: Date): number {
  return Math.floor(time.getTime() / SECOND_MS)
}

const READABLE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

/** As a mail says it: 21 November 2026 at 14:05 UTC. */
export function toReadable(time: Date): string {
  return `${READABLE.format(time)} UTC`
}
