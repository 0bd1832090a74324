import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { type Forger, fromPart, toPart } from './token-workshop.ts'

type Forgery = [name: string, token: string]

/** Every way in which RFC 8725 says that tokens are forged, each perfect but for one thing. What is named "ended" was good once. */
export async function makeForgeries({
  keyId,
  publicJwk,
  good,
  goodHeader,
  goodClaims,
  goodSignature,
  forge,
  signParts,
}: Forger) {
  const { iss: issuer, aud: audience } = fromPart(goodClaims) as { iss: string; aud: string }
  const now = Math.floor(Date.now() / 1000)
  const own = createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' })
  const stranger = generateKeyPairSync('ed25519')
  const strangersJwk = stranger.publicKey.export({ format: 'jwk' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  const withHeader = (changes: Record<string, unknown>) => toPart({ ...fromPart(goodHeader), ...changes })
  const withStrangersKey = (changes: Record<string, unknown>) =>
    signParts(withHeader(changes), goodClaims, stranger.privateKey as KeyObject)

  function withSecret(secret: string | Buffer, alg = 'HS256'): string {
    const header = withHeader({ alg })
    const digest = createHmac(alg.replace('HS', 'sha'), secret)
      .update(`${header}.${goodClaims}`)
      .digest('base64url')
    return `${header}.${goodClaims}.${digest}`
  }

  function withKey(alg: string, key: KeyObject, hash: string, padding?: number): string {
    const header = withHeader({ alg })
    const bytes = Buffer.from(`${header}.${goodClaims}`)
    const signature = sign(hash, bytes, { key, padding, dsaEncoding: 'ieee-p1363' })
    return `${header}.${goodClaims}.${signature.toString('base64url')}`
  }

  /** Claims as text, signed with the real key: for what JSON.stringify would not write. */
  const withClaimsText = (edit: (text: string) => string) =>
    signParts(goodHeader, toPart(edit(Buffer.from(goodClaims, 'base64url').toString())))

  const unsigned: Forgery[] = ['none', 'None', 'NONE', 'nOnE', 'none ', ''].flatMap((alg): Forgery[] => [
    [`alg ${JSON.stringify(alg)}, no signature`, `${withHeader({ alg })}.${goodClaims}.`],
    [
      `alg ${JSON.stringify(alg)}, the old signature`,
      `${withHeader({ alg })}.${goodClaims}.${goodSignature}`,
    ],
  ])

  const otherAlgorithms: Forgery[] = [
    ['the public key as secret: PEM', withSecret(own.export({ type: 'spki', format: 'pem' }))],
    [
      'the public key as secret: PEM, trimmed',
      withSecret(String(own.export({ type: 'spki', format: 'pem' })).trim()),
    ],
    ['the public key as secret: DER', withSecret(own.export({ type: 'spki', format: 'der' }))],
    ['the public key as secret: JWK', withSecret(JSON.stringify(publicJwk))],
    ['the public key as secret: x', withSecret(String(publicJwk.x))],
    ['the public key as secret: bytes of x', withSecret(Buffer.from(String(publicJwk.x), 'base64url'))],
    ['the public key as secret: HS512', withSecret(JSON.stringify(publicJwk), 'HS512')],
    ['an empty secret', withSecret('')],
    ['RS256 with a key of one’s own', withKey('RS256', rsa.privateKey, 'sha256')],
    [
      'PS256 with a key of one’s own',
      withKey('PS256', rsa.privateKey, 'sha256', constants.RSA_PKCS1_PSS_PADDING),
    ],
    ['ES256 with a key of one’s own', withKey('ES256', ec.privateKey, 'sha256')],
    [
      'ES256 with a signature of zeros',
      `${withHeader({ alg: 'ES256' })}.${goodClaims}.${toPart('\0'.repeat(64))}`,
    ],
    ['Ed25519 as the new name of the algorithm', await forge({ header: { alg: 'Ed25519' } })],
    ['alg missing', await forge({ header: { alg: undefined } })],
    ['alg as a list', await forge({ header: { alg: ['EdDSA'] } })],
    ['alg in other letters', await forge({ header: { alg: 'eddsa' } })],
  ]

  const keyNames: Forgery[] = await Promise.all(
    (
      [
        ['missing', undefined],
        ['unknown', 'A'.repeat(43)],
        ['a list', [keyId]],
        ['an object', { kid: keyId }],
        ['a number', 1],
        ['null', null],
        ['empty', ''],
        ['with a space', `${keyId} `],
        ['a path', '../../../../dev/null'],
        ['SQL', "x' UNION SELECT 'secret' --"],
        ['a command', '; cat /etc/passwd |'],
        ['__proto__', '__proto__'],
        ['very long', keyId.repeat(60)],
      ] as [string, unknown][]
    ).map(async ([name, kid]): Promise<Forgery> => [`kid ${name}`, await forge({ header: { kid } })]),
  )

  const embeddedKeys: Forgery[] = [
    ['a stranger’s key under our key’s name', withStrangersKey({})],
    ['a key in jwk', withStrangersKey({ jwk: strangersJwk })],
    ['a key in jwk, without kid', withStrangersKey({ jwk: strangersJwk, kid: undefined })],
    ['a key at jku', withStrangersKey({ jku: 'https://evil.example/jwks.json' })],
    ['a key at x5u', withStrangersKey({ x5u: 'https://evil.example/chain.pem' })],
    [
      'a key in x5c',
      withStrangersKey({
        x5c: [stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
      }),
    ],
    ['an unknown critical extension', await forge({ header: { crit: ['exp'], exp: now } })],
    ['an empty list of critical extensions', await forge({ header: { crit: [] } })],
    ['b64 false', await forge({ header: { b64: false, crit: ['b64'] } })],
  ]

  const otherTypes: Forgery[] = await Promise.all(
    [
      'JWT',
      undefined,
      '',
      'id_token',
      'logout+jwt',
      'dpop+jwt',
      'rt+jwt',
      'at',
      'secevent+jwt',
      ['at+jwt'],
    ].map(async (typ): Promise<Forgery> => [`typ ${JSON.stringify(typ)}`, await forge({ header: { typ } })]),
  )

  const otherClaims: Forgery[] = await Promise.all(
    (
      [
        ['for another audience', { aud: 'https://other.example.com' }],
        ['for us among others', { aud: [audience, 'https://other.example.com'] }],
        ['for nobody', { aud: undefined }],
        ['for an empty list', { aud: [] }],
        ['for a part of our name', { aud: audience.slice(0, -1) }],
        ['for the issuer', { aud: issuer }],
        ['by another issuer', { iss: 'https://evil.example' }],
        ['by our issuer with a slash', { iss: `${issuer}/` }],
        ['by nobody', { iss: undefined }],
        ['by a list', { iss: [issuer] }],
        ['without an end', { exp: undefined }],
        ['ended', { exp: now - 31 }],
        ['ended long ago', { exp: 1 }],
        ['an end as text', { exp: String(now + 600) }],
        ['an end that is null', { exp: null }],
        ['an end that is a fraction', { exp: now + 600.5 }],
        ['an end beyond all numbers', { exp: 1e300 }],
        ['not before later', { nbf: now + 60 }],
        ['not before as text', { nbf: String(now) }],
        ['issued later', { iat: now + 60 }],
        ['issued never', { iat: undefined }],
        ['issued as text', { iat: String(now) }],
        ['without a subject', { sub: undefined }],
        ['a subject that is a list', { sub: ['a', 'b'] }],
        ['an empty subject', { sub: '' }],
        ['without a client', { client_id: undefined }],
        ['without a session', { sid: undefined }],
        ['a session that is an object', { sid: { $ne: null } }],
        ['without a scope', { scope: undefined }],
        ['a scope that is a list', { scope: ['users:write'] }],
        ['without an id', { jti: undefined }],
        ['without a role', { role: undefined }],
        ['an unknown role', { role: 'root' }],
        ['a family that is null', { family: null }],
      ] as [string, Record<string, unknown>][]
    ).map(async ([name, claims]): Promise<Forgery> => [name, await forge({ claims })]),
  )

  const otherShapes: Forgery[] = [
    ['the signature stripped', `${goodHeader}.${goodClaims}`],
    ['the signature emptied', `${goodHeader}.${goodClaims}.`],
    ['the signature cut short', good.slice(0, -1)],
    ['the signature’s unused bits set', good.slice(0, -1) + toSibling(good.at(-1) ?? '')],
    [
      'the signature of other claims',
      `${goodHeader}.${toPart({ ...fromPart(goodClaims), scope: 'users:write' })}.${goodSignature}`,
    ],
    ['a claim that stands twice', withClaimsText((text) => text.replace('{', '{"role":"user",'))],
    [
      'a claim that stands twice, at the end',
      withClaimsText((text) => text.replace(/}$/, ',"role":"admin"}')),
    ],
    [
      'a header that stands twice',
      signParts(toPart(`{"alg":"none",${JSON.stringify(fromPart(goodHeader)).slice(1)}`), goodClaims),
    ],
    ['claims that are a list', signParts(goodHeader, toPart([fromPart(goodClaims)]))],
    ['claims that are text', signParts(goodHeader, toPart('"text"'))],
    ['claims that are null', signParts(goodHeader, toPart('null'))],
    ['claims that are no JSON', signParts(goodHeader, toPart('{sub:1}'))],
    ['a header that is null', signParts(toPart('null'), goodClaims)],
    ['a token within a token', signParts(withHeader({ cty: 'JWT' }), toPart(good))],
    ['four parts', `${good}.${goodSignature}`],
    [
      'JSON serialisation',
      JSON.stringify({ protected: goodHeader, payload: goodClaims, signature: goodSignature }),
    ],
    ['encrypted to the public key', await encryptToPublicKey()],
    ['a space before', ` ${good}`],
    ['a space after', `${good} `],
    ['a line after', `${good}\n`],
    ['a tab within', good.replace('.', '.\t')],
    ['NUL after', `${good}\0`],
    ['padded and signed so', signParts(goodHeader, `${goodClaims}=`)],
    ['with a space and signed so', signParts(goodHeader, `${goodClaims} `)],
    ['with lines and signed so', signParts(goodHeader, goodClaims.replace(/.{60}/g, '$&\n'))],
    ['padded at the end', `${good}==`],
    ['base64 with + and /, signed so', signParts(goodHeader, toPlainBase64({ note: '???>>>~~~' }))],
    ['not ASCII', good.replace('.', '。')],
    ['letters of full width', good.replace('e', 'ｅ')],
    ['16 kB, well signed', await forge({ claims: { note: 'x'.repeat(16_384) } })],
    ['16 kB of dots', '.'.repeat(16_384)],
    ['a session secret', `s_${'a'.repeat(64)}`],
    ['a refresh token', `r_${'a'.repeat(64)}`],
    ['nothing', ''],
    ['dots', '..'],
    ['Bearer twice', `Bearer ${good}`],
  ]

  return { unsigned, otherAlgorithms, keyNames, embeddedKeys, otherTypes, otherClaims, otherShapes }

  function toPlainBase64(changes: Record<string, unknown>): string {
    const text = JSON.stringify({ ...fromPart(goodClaims), ...changes })
    return Buffer.from(text).toString('base64').replace(/=+$/, '')
  }

  async function encryptToPublicKey(): Promise<string> {
    return new CompactEncrypt(Buffer.from(JSON.stringify(fromPart(goodClaims))))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', typ: 'at+jwt', kid: keyId })
      .encrypt(rsa.publicKey)
  }
}

/** Another letter for the same bytes: of the last one only two bits count. */
function toSibling(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return letters[letters.indexOf(letter) ^ 1] ?? ''
}
