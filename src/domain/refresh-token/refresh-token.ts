import { readSessionState, type SessionRecord } from '../session/session.ts'

/** The refresh tokens that descend from one exchange. */
export type TokenFamily = {
  id: string
  sessionId: string
  userId: string
  clientId: string
  scope: string
  createdAt: Date
  lastUsedAt: Date
  expiresAt: Date
}

/** A family with the session it lives and dies with. */
export type FamilyRecord = { family: TokenFamily; familyRevokedAt: Date | null; owner: SessionRecord }

/** `successor` is sealed: only the token itself opens it. */
export type TokenRecord = FamilyRecord & { createdAt: Date; usedAt: Date | null; successor: string | null }

/** The use of a token, and its replacement. */
export type Rotation = {
  tokenHash: string
  clientId: string
  successorHash: string
  sealedSuccessor: string
  now: Date
}

const TOKEN_SHAPE = /^r_[\w-]{64}$/

export const isRefreshToken = (text: string) => TOKEN_SHAPE.test(text)

export function isFamilyLive({ family, familyRevokedAt, owner }: FamilyRecord, now: Date): boolean {
  return familyRevokedAt === null && now < family.expiresAt && readSessionState(owner, now) === 'live'
}

/** How far clocks may differ, either way: one far ahead of ours must not keep a copied token good for that long. */
export function isWithinGrace({ usedAt }: TokenRecord, { graceMs, now }: { graceMs: number; now: Date }) {
  return usedAt !== null && Math.abs(now.getTime() - usedAt.getTime()) < graceMs
}
