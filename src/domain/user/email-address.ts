import { domainToASCII } from 'node:url'

/** In characters. */
export const LONGEST_ADDRESS = 254
const LOCAL_PART = /^(?!\.)(?!.*\.\.)[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?<!\.)$/i
/** Mail programs decode these (RFC 2047), which makes another address of it. */
const ENCODED_WORD = /=\?.*\?=/
const IS_ASCII = /^[\x20-\x7e]*$/
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/**
 * The one spelling of an address, for every comparison: lower case, the domain as punycode. Null for anything that is not
 * exactly one mailbox with an ASCII local part: look-alikes of other alphabets never become somebody's address.
 */
export function toEmailAddress(typed: string): string | null {
  const parts = typed.split('@')
  if (parts.length !== 2 || typed.length > LONGEST_ADDRESS * 2) return null
  const [localPart = '', typedDomain = ''] = parts
  // Only letters, digits, dots and hyphens of any script: URL parsing would quietly drop or decode the rest.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(typedDomain) || !LOCAL_PART.test(localPart)) return null
  if (ENCODED_WORD.test(localPart)) return null
  const domain = domainToASCII(typedDomain)
  if (isDisguised(typedDomain, domain)) return null
  const address = `${localPart.toLowerCase()}@${domain}`
  return DOMAIN.test(domain) && address.length <= LONGEST_ADDRESS ? address : null
}

/** Full-width letters and the like turn into plain ones: such an address would only look like the one that is meant. */
function isDisguised(typed: string, domain: string): boolean {
  const labels = domain.split('.')
  return typed.split('.').some((label, index) => !IS_ASCII.test(label) && !labels[index]?.startsWith('xn--'))
}
