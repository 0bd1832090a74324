import { createHmac, randomUUID } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'

/** How an ID token is wrong; an empty one is what an honest Google would say of Ada. */
export type TokenLie = {
  issuer?: string
  audience?: string
  nonce?: string
  signature?: 'other-key' | 'tampered'
  algorithm?: 'none' | 'HS256'
  expired?: boolean
  issuedInFuture?: boolean
  /** Any JSON value; present but undefined leaves the claim out. */
  emailVerified?: unknown
  claims?: Record<string, unknown>
}

type Truth = { issuer: string; clientId: string; nonce: string | null }

const HOUR_S = 3600

type SigningKey = Awaited<ReturnType<typeof createKey>>

export async function createForger() {
  const other = await createKey()
  let known = await createKey()

  async function sign(claims: JWTPayload, { algorithm, signature }: TokenLie) {
    if (algorithm === 'none') return new UnsecuredJWT(claims).encode()
    if (algorithm === 'HS256') return signWithPublicKey(claims, known)

    const { privateKey } = signature === 'other-key' ? other : known
    const header = { alg: 'RS256', kid: known.kid }
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(privateKey)
    return signature === 'tampered' ? tamper(token) : token
  }

  return {
    keys: () => ({ keys: [known.published] }),
    forge(truth: Truth, lie: TokenLie): Promise<string> {
      return sign(claimsFor(truth, lie), lie)
    },
    /** From now on another key signs, and only that one is published. */
    async rotateKeys() {
      known = await createKey()
    },
  }
}

async function createKey() {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const kid = randomUUID()
  return {
    publicKey,
    privateKey,
    kid,
    published: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' },
  }
}

/** The confusion of algorithms: who checks HS256 with the public key as the secret takes it. */
async function signWithPublicKey(claims: JWTPayload, { publicKey, kid }: SigningKey) {
  const content = [{ alg: 'HS256', kid }, claims].map(encode).join('.')
  const secret = await exportSPKI(publicKey)
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

function claimsFor({ issuer, clientId, nonce }: Truth, lie: TokenLie): JWTPayload {
  const nowS = Math.floor(Date.now() / 1000)
  const issuedAt = nowS + (lie.issuedInFuture ? HOUR_S : 0) - (lie.expired ? 2 * HOUR_S : 0)
  return {
    iss: lie.issuer ?? issuer,
    aud: lie.audience ?? clientId,
    azp: lie.audience ?? clientId,
    nonce: lie.nonce ?? nonce ?? undefined,
    iat: issuedAt,
    exp: issuedAt + HOUR_S,
    sub: '101815129061852010001',
    name: 'Ada Lovelace',
    email: 'ada.lovelace@gmail.com',
    email_verified: 'emailVerified' in lie ? lie.emailVerified : true,
    ...lie.claims,
  }
}

/** Another subject under the signature of the first. */
function tamper(token: string) {
  const [header, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return [header, encode({ ...claims, sub: '1' }), signature].join('.')
}

function encode(part: unknown) {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
