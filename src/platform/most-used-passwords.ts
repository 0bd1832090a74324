import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const MIN_LENGTH = 8
const MOST = 1_000

/** A script with the passwords that people use most, of those that are long enough: known to the page before the dictionaries are. */
export function writeMostUsedPasswords(): string {
  const { dictionary } = require('@zxcvbn-ts/language-common')
  const mostUsed: string[] = dictionary['passwords-common']
  return `export default ${JSON.stringify(mostUsed.filter((word) => word.length >= MIN_LENGTH).slice(0, MOST))}`
}
