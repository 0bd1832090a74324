import { toAddressKey } from './attempt-limits.ts'

/** Whom the work is for: the client address, and the account by whatever name. Nobody's crowd keeps others out. */
export type Asker = { ip: string; account: string }

/** What the portal does of its own accord, and who sits at its terminal. */
export const OWN_ACCORD: Asker = { ip: 'none', account: 'none' }

/** What a fair queue knows an asker by. */
export function toMarks({ ip, account }: Asker): string[] {
  return [toAddressKey(ip), account]
}
