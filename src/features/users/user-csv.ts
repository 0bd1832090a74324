import { type ManagedUser, toManagedUser } from '../../domain/user/user.ts'

const COLUMNS = [
  'id',
  'email',
  'email_verified',
  'username',
  'display_name',
  'role',
  'is_active',
  'deactivated_until',
  'deactivation_reason',
  'created_at',
  'updated_at',
] as const

/** Spreadsheets read UTF-8 only where a file says so. */
const BYTE_ORDER_MARK = '\ufeff'
/** Where a spreadsheet would begin to calculate (OWASP, CSV injection). In many countries a semicolon ends a cell, too. */
const BEFORE_FORMULA = /(?<=^|;)(?=[=+\-@\t\r＝＋－＠])/g

/** RFC 4180, a page at a time. Nothing in it is calculated by a spreadsheet that opens it. */
export async function* writeUserCsv(pages: AsyncIterable<ManagedUser[]>): AsyncIterable<string> {
  let head = BYTE_ORDER_MARK + toLine(COLUMNS)
  for await (const page of pages) {
    const rows = page.map(toManagedUser)
    yield head + rows.map((row) => toLine(COLUMNS.map((column) => row[column]))).join('')
    head = ''
  }
  yield head
}

function toLine(values: readonly (string | boolean | null)[]): string {
  return `${values.map(toCell).join(',')}\r\n`
}

export function toCell(value: string | boolean | null): string {
  const harmless = String(value ?? '').replace(BEFORE_FORMULA, "'")
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
