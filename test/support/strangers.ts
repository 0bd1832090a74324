import type { Portal } from './portal.ts'

/** The portal believes the proxy in front of it, and the tests are that proxy. */
export const behindProxy = { TRUST_PROXY: 'loopback' }

let count = 0

/** Somebody at a client address of their own. */
export function openStranger(portal: Portal) {
  return portal.openVisitor({ 'x-forwarded-for': nextAddress() })
}

export function nextAddress(): string {
  count++
  return `10.${(count >> 16) & 255}.${(count >> 8) & 255}.${count & 255}`
}
