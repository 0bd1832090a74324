import { type JsonWebKey, sign as signBytes } from 'node:crypto'
import {
  type AccessTokenService,
  createAccessTokenService,
  type NewAccessToken,
} from '../../src/domain/access-token/access-token.service.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { createJwt, type PrivateJwk, type PublicJwk } from '../../src/platform/jwt.ts'

export const issuer = 'https://login.example.com'
export const audience = 'https://api.example.com'
export const grant: NewAccessToken = {
  subject: '5e0e2a52-6b6e-4f0b-9f43-64a1f3a5f0aa',
  clientId: 'a-client',
  sessionId: 'ses_one',
  scopes: ['account:read', 'users:read'],
  role: 'admin',
  authenticatedAt: new Date('2026-11-21T12:00:00Z'),
  familyId: null,
}

type Changes = { header?: Record<string, unknown>; claims?: Record<string, unknown> }
type Loot = { good: string; privateJwk: PrivateJwk; publicJwk: PublicJwk }
export type Forger = ReturnType<typeof createForger>

/** The service with one key that the test holds too, so that forgeries can be perfect but for one thing. */
export async function openOwnWorkshop(clock: Clock, { published }: { published?: PublicJwk[] } = {}) {
  const jwt = createJwt()
  const { id, privateJwk, publicJwk } = await jwt.makeKeyPair('EdDSA')
  const { privateKey, publicKey } = await jwt.importKeyPair(privateJwk, { id, algorithm: 'EdDSA' })
  const keys = {
    signer: async () => ({ id, algorithm: 'EdDSA', privateKey }) as const,
    publicJwks: async () => ({ keys: published ?? [publicJwk] }),
    find: async (named: unknown) => (named === id ? ({ algorithm: 'EdDSA', publicKey } as const) : null),
  }
  const accessTokens: AccessTokenService = createAccessTokenService({
    jwt,
    keys,
    clock,
    issuer,
    audience,
    lifetimeMs: 600_000,
  })
  const { token: good } = await accessTokens.mint(grant)
  return { accessTokens, ...createForger({ good, privateJwk, publicJwk }) }
}

/** Who has a good token and, as nobody should, the key that it was signed with. */
export function createForger({ good, privateJwk, publicJwk }: Loot) {
  const [goodHeader = '', goodClaims = '', goodSignature = ''] = good.split('.')
  const ownKey = { key: privateJwk as JsonWebKey, format: 'jwk' } as const

  /** The good token with some members changed (`undefined` takes one away), signed with the real key. */
  async function forge({ header, claims }: Changes = {}): Promise<string> {
    return signParts(
      toPart({ ...fromPart(goodHeader), ...header }),
      toPart({ ...fromPart(goodClaims), ...claims }),
    )
  }

  function signParts(header: string, claims: string, key: Parameters<typeof signBytes>[2] = ownKey): string {
    const signature = signBytes(null, Buffer.from(`${header}.${claims}`), key)
    return `${header}.${claims}.${signature.toString('base64url')}`
  }

  return { keyId: publicJwk.kid, publicJwk, good, goodHeader, goodClaims, goodSignature, forge, signParts }
}

export function toPart(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}

export function fromPart(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
