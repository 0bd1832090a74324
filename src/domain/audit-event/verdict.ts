import type { SignedSeal } from './audit-seal.repository.ts'
import { isAsSealed, readSeal, type SealedRow, toContent, toDigest, toHash } from './seal.ts'

/** Something that the portal did not do to its audit log. */
export type Finding =
  | {
      kind: 'edited' | 'inserted' | 'removed' | 'reordered'
      id: string
      batch: number | null
      position: number | null
    }
  | { kind: 'batch-edited' | 'batch-unsigned'; batch: number }
  | { kind: 'batches-removed'; from: number; to: number }
  | { kind: 'head-missing'; head: string }

type RowVerdict = 'intact' | 'anonymised' | 'edited'

/** The seal on its own, and that it follows on the one before. */
export function judgeSeal(seal: SignedSeal, before: SignedSeal | null): Finding[] {
  const { number: batch, members, content, rows, removedAt } = seal
  const isContentRight = members
    ? toContent(members) === content && members.length === rows
    : removedAt !== null
  const isRight = isContentRight && seal.isSpelled && toHash(seal) === seal.hash
  const follows = before?.number === batch - 1
  const isLinked = follows
    ? [before.hash, toHash(before)].includes(seal.previous)
    : batch !== 1 || seal.previous === ''
  const isGap = before ? !follows : batch !== 1 && removedAt === null
  return [
    ...(isGap ? [{ kind: 'batches-removed' as const, from: (before?.number ?? 0) + 1, to: batch - 1 }] : []),
    ...(isRight && isLinked ? [] : [{ kind: 'batch-edited' as const, batch }]),
    ...(isRight && isLinked && !seal.isSigned ? [{ kind: 'batch-unsigned' as const, batch }] : []),
  ]
}

/** The events of a batch against what its seal says of them. Each event is named once. */
export function judgeRows({ number: batch, members }: SignedSeal, rows: SealedRow[]) {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const places = new Map((members ?? []).map(({ id }, place) => [id, place]))
  const findings: Finding[] = []
  let anonymised = 0
  for (const { id, digest } of members ?? []) {
    const [row, position] = [byId.get(id), places.get(id) ?? 0]
    const verdict = row ? judgeRow(row, digest) : null
    if (!row) findings.push({ kind: 'removed', id, batch, position })
    else if (verdict === 'edited') findings.push({ kind: 'edited', id, batch, position })
    else if (row.position !== position) findings.push({ kind: 'reordered', id, batch, position })
    if (verdict === 'anonymised') anonymised++
  }
  for (const { id, position } of rows.filter((row) => !places.has(row.id)))
    findings.push({ kind: 'inserted', id, batch, position })
  return { findings, anonymised }
}

function judgeRow(row: SealedRow, digest: string): RowVerdict {
  const seal = readSeal(row.seal)
  if (!seal || toDigest(row, seal) !== digest || !isAsSealed(row, seal)) return 'edited'
  return seal.about.salt === null || seal.by.salt === null ? 'anonymised' : 'intact'
}
