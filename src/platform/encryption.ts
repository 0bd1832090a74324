import { createCipheriv, createDecipheriv, createSecretKey, hash, randomBytes } from 'node:crypto'
import { deriveKeys } from './keys.ts'

export type Encryption = ReturnType<typeof createEncryption>
/** Where the value lives. A ciphertext moved to another place does not decrypt. */
export type Place = { table: string; column: string; row: string }

const FORMAT = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM. The text names its key, so keys can be rotated: `v1.<key id>.<nonce, ciphertext and tag>`. */
export function createEncryption(secretKeys: string[]) {
  // A key object: finding out what a Buffer is costs more than the encryption.
  const keys = new Map(
    deriveKeys(secretKeys, 'encryption').map((key) => [toKeyId(key), createSecretKey(key)]),
  )
  const [[currentId, currentKey] = raiseNoKey()] = keys
  const currentPrefix = `${FORMAT}.${currentId}.`

  function encrypt(text: string, place: Place): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', currentKey, nonce).setAAD(toAdditionalData(place, currentId))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return [FORMAT, currentId, sealed.toString('base64url')].join('.')
  }

  /** Null for anything that was not encrypted here, for this place, with a key still known: never says which. */
  function decrypt(encrypted: string, place: Place): string | null {
    const [format, keyId = '', body = '', ...rest] = encrypted.split('.')
    const key = keys.get(keyId)
    const sealed = Buffer.from(body, 'base64url')
    const isWhole = sealed.length >= NONCE_BYTES + TAG_BYTES && sealed.toString('base64url') === body
    if (format !== FORMAT || rest.length > 0 || !key || !isWhole) return null
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
        .setAAD(toAdditionalData(place, keyId))
        .setAuthTag(sealed.subarray(-TAG_BYTES))
      const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([text, decipher.final()]).toString('utf8')
    } catch {
      return null
    }
  }

  return {
    encrypt,
    decrypt,
    encryptDict: (dict: Record<string, unknown>, place: Place) => encrypt(JSON.stringify(dict), place),
    decryptDict(encrypted: string, place: Place): Record<string, unknown> | null {
      const text = decrypt(encrypted, place)
      return text === null ? null : JSON.parse(text)
    },
    /** How every text begins that was encrypted with the newest key. */
    currentPrefix,
    /** False for a text encrypted with an older key. */
    isOfCurrentKey: (encrypted: string) => encrypted.startsWith(currentPrefix),
    /** Whether what names this key can be opened here. */
    isKnownKey: (keyId: string) => keys.has(keyId),
    isEncrypted: (text: string) => /^v1\.[\w-]{8}\.[\w-]{38,}$/.test(text),
  }
}

function toKeyId(key: Buffer): string {
  return hash('sha256', key, 'base64url').slice(0, 8)
}

function toAdditionalData({ table, column, row }: Place, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([table, column, row, keyId]))
}

function raiseNoKey(): never {
  throw new Error('encryption needs at least one SECRET_KEY')
}
