import { hash } from 'node:crypto'
import { randomSecret } from '../secret.ts'

/** An event as it stands in the log, with every column that a seal covers. */
export type LogRow = {
  id: string
  at: Date
  action: string
  actorId: string | null
  subjectId: string | null
  ip: string
  userAgent: string
  requestId: string
  details: string
  count: number
  closesAt: Date | null
}
/** Digest of what may be erased later, and the salt without which nobody finds out what it was. */
export type Veil = { digest: string; salt: string | null }
/** `about`: whom it happened to and what it was; `by`: who did it, from where. */
export type RowSeal = { about: Veil; by: Veil }
/** What the portal says that it erased, and who is left as the actor. */
export type Erasure = { about: boolean; by: boolean; actorId: string | null }
/** As it stands in the log now. `seal` is text that anybody may have written; an erasure that the portal did not mark is forged. */
export type SealedRow = LogRow & {
  batch: number | null
  position: number | null
  seal: string | null
  erasure: Erasure | 'forged' | null
}
/** An event and the digest that its batch keeps of it. */
export type Sealed = { id: string; digest: string }

export type Seal = {
  number: number
  /** The hash of the batch before, empty for the first. */
  previous: string
  sealedAt: Date
  /** Not after it was sealed, however far ahead the clock was that an event was written by. */
  newestAt: Date
  rows: number
  /** Null once the events have been removed for their age. */
  members: Sealed[] | null
  content: string
  hash: string
}
export type SealHead = Pick<Seal, 'number' | 'hash' | 'sealedAt'>

/** Stands in the audit log where a person was. */
export const NOBODY = 'deleted'
const SALT_BYTES = 16

type Batch = { number: number; previous: string; rows: LogRow[]; now: Date }

/** Fixes what happened, and in which order: any later change of it shows. */
export function sealBatch({ number, previous, rows, now }: Batch) {
  const seals = rows.map(sealRow)
  const members = rows.map((row, place) => ({ id: row.id, digest: toDigest(row, seals[place] as RowSeal) }))
  const batch = {
    number,
    previous,
    sealedAt: now,
    newestAt: new Date(Math.min(now.getTime(), Math.max(...rows.map(({ at }) => at.getTime())))),
    rows: rows.length,
    members,
    content: toContent(members),
  }
  return { seal: { ...batch, hash: toHash(batch) } satisfies Seal, seals }
}

function sealRow(row: LogRow): RowSeal {
  const [about, by] = [randomSecret(SALT_BYTES), randomSecret(SALT_BYTES)]
  return {
    about: { digest: veilAbout(row, about), salt: about },
    by: { digest: veilBy(row, by), salt: by },
  }
}

export function veilAbout({ subjectId, details }: LogRow, salt: string): string {
  return digest([salt, subjectId, details])
}

export function veilBy({ actorId, ip, userAgent }: LogRow, salt: string): string {
  return digest([salt, actorId, ip, userAgent])
}

export function toDigest({ id, at, action, requestId, count, closesAt }: LogRow, seal: RowSeal): string {
  const times = [at.getTime(), closesAt?.getTime() ?? null]
  return digest([id, ...times, action, requestId, count, seal.about.digest, seal.by.digest])
}

export function toContent(members: Sealed[]): string {
  return digest(members.map(({ id, digest }) => [id, digest]))
}

export function toHash({ number, previous, sealedAt, newestAt, rows, content }: Omit<Seal, 'hash'>): string {
  return digest([number, previous, sealedAt.getTime(), newestAt.getTime(), rows, content])
}

/** Null where somebody wrote something that is no seal. */
export function readSeal(text: string | null): RowSeal | null {
  try {
    const { about, by } = JSON.parse(text ?? '') as RowSeal
    const seal = { about: readVeil(about), by: readVeil(by) }
    return JSON.stringify(seal) === text ? seal : null
  } catch {
    return null
  }
}

function readVeil({ digest, salt }: Veil): Veil {
  return { digest: String(digest), salt: salt === null ? null : String(salt) }
}

/** Who it was, where from, and the details: as they were sealed, or erased by the portal. */
export function isAsSealed(row: SealedRow, { about, by }: RowSeal): boolean {
  if (row.erasure === 'forged') return false
  const erased = row.erasure ?? { about: false, by: false, actorId: null }
  const isAboutRight = about.salt === null ? isAboutBlank(row) : veilAbout(row, about.salt) === about.digest
  const isByRight = by.salt === null ? isByBlank(row, erased) : veilBy(row, by.salt) === by.digest
  const isMarked = erased.about === (about.salt === null) && erased.by === (by.salt === null)
  return isMarked && isAboutRight && isByRight
}

function isAboutBlank({ subjectId, details }: LogRow): boolean {
  return subjectId === NOBODY && details === '{}'
}

function isByBlank({ actorId, ip, userAgent }: LogRow, erased: Erasure): boolean {
  return ip === '' && userAgent === '' && actorId === erased.actorId
}

/** What happened stays; who it was, and where from, does not. Where an administrator did it, that stays. What somebody edited before gets no mark. */
export function erase(row: SealedRow, id: string): SealedRow {
  const isAbout = row.subjectId === id
  const isBy = row.actorId === id || (isAbout && row.actorId === null)
  const blank = {
    ...row,
    ...(isAbout && { subjectId: NOBODY, details: '{}' }),
    ...(isBy && { actorId: row.actorId && NOBODY, ip: '', userAgent: '' }),
  }
  const seal = readSeal(row.seal)
  if (!seal || row.erasure === 'forged' || !isAsSealed(row, seal)) return blank
  return {
    ...blank,
    seal: JSON.stringify({
      about: isAbout ? { ...seal.about, salt: null } : seal.about,
      by: isBy ? { ...seal.by, salt: null } : seal.by,
    }),
    erasure: {
      about: isAbout || (row.erasure?.about ?? false),
      by: isBy || (row.erasure?.by ?? false),
      actorId: blank.actorId,
    },
  }
}

/** SHA-256 over JSON: its parts have one order and one spelling each. */
function digest(parts: unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
