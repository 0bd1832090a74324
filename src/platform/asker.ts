import { toAddressKey } from './attempt-limits.ts'

/** Whom the work is for: the client address, and the account by whatever name. One crowd never keeps others out. */
export type Asker = { ip: string; account: string }

/** The portal itself, and whoever sits at its terminal. */
export const OWN_ACCORD: Asker = { ip: 'none', account: 'none' }

/** What a fair queue knows an asker by. */
export function toMarks({ ip, account }: Asker): string[] {
  return [toAddressKey(ip), account]
}
