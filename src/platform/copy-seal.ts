import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const OPENED_AT_MOST = 10_000
const MAC_LENGTH = 43

/**
 * Write access to Redis makes nobody a member or an administrator: a MAC shows that a copy was made here, and for which session.
 * It stays one JSON object, for scripts and for versions that do not know the seal.
 */
export function createCopySeal<T extends object>(keys: Buffer[]) {
  const [key, ...olderKeys] = keys.map((each) => createSecretKey(each)) as [KeyObject, ...KeyObject[]]
  const opened = new LRUCache<string, { text: string; copy: T }>({ max: OPENED_AT_MOST })

  const seal = (hash: string, copy: T): string => sealWith(key, hash, JSON.stringify(copy))

  /** Null for anything not sealed for this session. A text verified once stays valid and is not verified again. */
  function open(hash: string, text: string): T | null {
    const known = opened.get(hash)
    if (known?.text === text) return known.copy
    const json = `${text.slice(0, -toSealing('').length - MAC_LENGTH)}}`
    const isOurs = [key, ...olderKeys].some((each) => isSame(sealWith(each, hash, json), text))
    if (!isOurs) return null
    const copy: T = freezeAll(JSON.parse(json))
    opened.set(hash, { text, copy })
    return copy
  }

  return { seal, open }
}

function sealWith(key: KeyObject, hash: string, json: string): string {
  const mac = createHmac('sha256', key).update(`${hash} ${json}`).digest('base64url')
  return json.slice(0, -1) + toSealing(mac)
}

/** How a sealed text ends. */
function toSealing(mac: string): string {
  return `,"mac":"${mac}"}`
}

function isSame(one: string, other: string): boolean {
  const [bytes, otherBytes] = [Buffer.from(one), Buffer.from(other)]
  return bytes.length === otherBytes.length && timingSafeEqual(bytes, otherBytes)
}

/** Many requests share what was parsed once. */
function freezeAll<V extends object>(value: V): V {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) freezeAll(part)
  return Object.freeze(value)
}
