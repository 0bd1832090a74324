import { createSecretKey } from 'node:crypto'
import { unsign } from 'cookie-signature'
import { LRUCache } from 'lru-cache'

const KNOWN_AT_MOST = 10_000

/** Reads the secret in a session cookie as express-session signs it. Null unless it was signed with one of these. */
export function createSignatureCheck(secrets: string[]) {
  const verifiers = secrets.map((secret) => createSecretKey(secret, 'utf8'))
  const unsigned = new LRUCache<string, string>({ max: KNOWN_AT_MOST })

  /** What was right once stays right, and is not computed again: that costs as much as asking Redis. */
  function unsignSecret(value: string): string | null {
    const known = unsigned.get(value)
    if (known) return known
    const secret = verifySignature(value)
    if (secret) unsigned.set(value, secret)
    return secret
  }

  function verifySignature(value: string): string | null {
    const text = value.startsWith('s%3A') ? decodeURIComponentOrNull(value)?.slice(2) : null
    if (!text) return null
    return verifiers.map((each) => unsign(text, each)).find((secret) => secret !== false) || null
  }

  return unsignSecret
}

function decodeURIComponentOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
