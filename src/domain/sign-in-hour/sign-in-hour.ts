import { HOUR_MS } from '../time.ts'

/** `hour` is when it began. */
export type SignInHour = { hour: Date; succeeded: number; refused: number }

export function toHour(at: Date): Date {
  return new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS)
}

/** Every hour from the first on, also those in which nobody tried. */
export function listHours(from: Date, until: Date): Date[] {
  const first = toHour(from).getTime()
  const count = Math.max(0, Math.ceil((until.getTime() - first) / HOUR_MS))
  return Array.from({ length: count }, (_, index) => new Date(first + index * HOUR_MS))
}
