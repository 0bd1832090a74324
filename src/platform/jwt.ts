import { createPrivateKey, type JsonWebKeyInput, sign } from 'node:crypto'
import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  jwtVerify,
} from 'jose'

export type Jwt = ReturnType<typeof createJwt>
export type KeyAlgorithm = 'EdDSA' | 'ES256' | 'RS256'
export type Algorithm = KeyAlgorithm | 'HS256'
export type PublicJwk = JWK & { kty: string; kid: string; use: 'sig'; alg: KeyAlgorithm }
export type PrivateJwk = JWK
/** Signs on the spot, or is a key to sign with in another thread. Neither gives the key away. */
type PrivateKey = ((bytes: Buffer) => Buffer) | CryptoKey
export type OpenKeyPair = { privateKey: PrivateKey; publicKey: CryptoKey; publicJwk: PublicJwk }
/** Without an id there is only one key: the secret that is shared. */
export type Signer = { id: string | null; algorithm: Algorithm; privateKey: PrivateKey }
export type Verifier = { algorithm: Algorithm; publicKey: CryptoKey }
export type Expectations = {
  type: string
  issuer: string
  audience: string
  now: Date
  leewaySeconds: number
}
export type Verified = { outcome: 'valid'; claims: JWTPayload } | { outcome: 'expired' | 'invalid' }

const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e'] as const
/** Without an expiry it would be good for ever, whatever else it says. */
const REQUIRED_CLAIMS = ['iss', 'aud', 'iat', 'exp']
/** A token in a header is read before anybody is authenticated. Ours have a quarter of this. */
const LENGTH_AT_MOST = 4_096

const utf8 = new TextEncoder()

/** JSON Web Tokens and their keys. The token never decides which key or algorithm applies (RFC 8725 §3.1). */
export function createJwt() {
  return {
    /** The id is the thumbprint of the public key (RFC 7638). */
    async makeKeyPair(algorithm: KeyAlgorithm) {
      const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
      const privateJwk: PrivateJwk = await exportJWK(privateKey)
      const id = await calculateJwkThumbprint(privateJwk)
      return { id, algorithm, privateJwk, publicJwk: toPublicJwk(privateJwk, { id, algorithm }) }
    },

    /** Slow compared with signing, so done once for each key. */
    async importKeyPair(jwk: PrivateJwk, key: { id: string; algorithm: KeyAlgorithm }): Promise<OpenKeyPair> {
      const publicJwk = toPublicJwk(jwk, key)
      const [privateKey, publicKey] = await Promise.all([
        importPrivateKey(jwk, key.algorithm),
        importJWK(publicJwk, key.algorithm) as Promise<CryptoKey>,
      ])
      return { privateKey, publicKey, publicJwk }
    },

    /** Signs and verifies alike. */
    async importSharedSecret(secret: string): Promise<Signer & Verifier> {
      const bytes = Buffer.from(secret)
      const hmac = { name: 'HMAC', hash: 'SHA-256' }
      const key = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign', 'verify'])
      return { id: null, algorithm: 'HS256', privateKey: key, publicKey: key }
    },

    async sign(claims: JWTPayload, type: string, { id, algorithm, privateKey }: Signer): Promise<string> {
      const header = { alg: algorithm, typ: type, ...(id !== null && { kid: id }) }
      if (typeof privateKey === 'function') {
        const signed = `${toPart(header)}.${toPart(claims)}`
        return `${signed}.${privateKey(Buffer.from(signed)).toString('base64url')}`
      }
      // SignJWT would copy the claims once more.
      return new CompactSign(utf8.encode(JSON.stringify(claims))).setProtectedHeader(header).sign(privateKey)
    },

    /** Never throws for what a token says. `expired` is said only of a token that was once good. */
    async verify(
      token: string,
      { algorithm, publicKey }: Verifier,
      expected: Expectations,
    ): Promise<Verified> {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: [algorithm],
          typ: expected.type,
          issuer: expected.issuer,
          audience: expected.audience,
          requiredClaims: REQUIRED_CLAIMS,
          clockTolerance: expected.leewaySeconds,
          currentDate: expected.now,
        })
        return { outcome: 'valid', claims: payload }
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { outcome: 'expired' }
        if (error instanceof errors.JOSEError) return { outcome: 'invalid' }
        throw error
      }
    },

    /** As others do it who know nothing but what is published (RFC 7517). */
    async isValidByJwks(
      token: string,
      jwks: { keys: PublicJwk[] },
      expected: Expectations,
    ): Promise<boolean> {
      const { type, issuer, audience, now } = expected
      return jwtVerify(token, createLocalJWKSet(jwks), {
        typ: type,
        issuer,
        audience,
        requiredClaims: REQUIRED_CLAIMS,
        currentDate: now,
        clockTolerance: expected.leewaySeconds,
      }).then(
        () => true,
        () => false,
      )
    },

    /** What a token claims, unverified. Null unless it is written exactly as we write ours. */
    decode(token: string): { header: Record<string, unknown>; claims: Record<string, unknown> } | null {
      const parts = token.length > LENGTH_AT_MOST ? [] : token.split('.')
      const [header, claims, signature] = parts.map(readPart)
      if (parts.length !== 3 || !header || !claims || !signature) return null
      const said = { header: readObject(header), claims: readObject(claims) }
      return said.header && said.claims ? { header: said.header, claims: said.claims } : null
    },
  }
}

/** Ed25519 costs less to sign on the spot than in another thread; RSA would hold everybody up. */
async function importPrivateKey(jwk: PrivateJwk, algorithm: KeyAlgorithm): Promise<PrivateKey> {
  if (algorithm !== 'EdDSA') return importJWK(jwk, algorithm) as Promise<CryptoKey>
  const key = createPrivateKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput)
  return (bytes) => sign(null, bytes, key)
}

function toPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function toPublicJwk(jwk: JWK, { id, algorithm }: { id: string; algorithm: KeyAlgorithm }): PublicJwk {
  const members = PUBLIC_MEMBERS.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]))
  return { ...Object.fromEntries(members), kid: id, use: 'sig', alg: algorithm }
}

/** Base64url is lenient about padding, spaces and last bits; one token has one spelling here. */
function readPart(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : null
}

/** A name given twice would mean one thing to us and another to somebody else. */
function readObject(bytes: Buffer): Record<string, unknown> | null {
  const text = bytes.toString('utf8')
  if (!text.startsWith('{')) return null
  try {
    const value = JSON.parse(text)
    return JSON.stringify(value) === text ? value : null
  } catch {
    return null
  }
}
