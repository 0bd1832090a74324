import type { SignedSeal } from '../../domain/audit-event/audit-seal.repository.ts'
import { type SealHead, toHash } from '../../domain/audit-event/seal.ts'
import { type Finding, judgeRows, judgeSeal } from '../../domain/audit-event/verdict.ts'
import type { Repositories } from '../../domain/repositories.ts'
import { earlier, MINUTE_MS } from '../../domain/time.ts'

export type AuditVerification = ReturnType<typeof createAuditVerification>
export type Verified = {
  findings: Finding[]
  batches: number
  events: number
  /** Whose people have left: only what happened can still be checked. */
  anonymised: number
  unsealed: number
  head: SealHead | null
}
/** `head`: the hash of any batch, from the log. */
type Wish = { head: string | null; onProgress(): void }

const SEALS_AT_ONCE = 20
const STRAYS = 1_000
const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1]
/** A transaction may commit an event a little later than its time. */
const LATE_MS = 10 * MINUTE_MS

/** Goes through the whole audit log, and names what the portal did not do (ASVS 16.4.2). */
export function createAuditVerification({ repositories }: { repositories: Repositories }) {
  const { auditSeals, sealedEvents } = repositories

  async function* listSeals() {
    for (let after = 0; ; ) {
      const seals = await auditSeals.list(after, SEALS_AT_ONCE)
      yield* seals
      const last = seals.at(-1)
      if (!last) return
      after = last.number
    }
  }

  /** Not where its own seal names no event: the seal is what was edited. Judged again when something is found: the batch may have been removed for its age meanwhile. */
  async function judge(seal: SignedSeal) {
    if (seal.removedAt || !seal.members?.length) return { findings: [], anonymised: 0 }
    const verdict = judgeRows(seal, await sealedEvents.listOfBatch(seal.number))
    if (verdict.findings.length === 0) return verdict
    const [again] = await auditSeals.list(seal.number - 1, 1)
    if (again?.number === seal.number && again.removedAt === null)
      return judgeRows(again, await sealedEvents.listOfBatch(seal.number))
    return { findings: [], anonymised: 0 }
  }

  /** Events in batches that are not there, or from which everything was removed. */
  async function findStrays(above: number, below: number): Promise<Finding[]> {
    if (below === above + 1) return []
    const strays = await sealedEvents.listBetween({ above, below }, STRAYS)
    return strays.map((stray) => ({ kind: 'inserted', ...stray }))
  }

  /** What has no seal of its own, though it stands where only sealed events should. */
  async function findUnsealed(last: SignedSeal | null): Promise<Finding[]> {
    if (!last) return []
    const overtaken = await sealedEvents.listOvertaken(earlier(last.newestAt, LATE_MS), STRAYS)
    return overtaken.map(({ id }) => ({ kind: 'inserted', id, batch: null, position: null }))
  }

  /** An event that is missing in its batch and stands elsewhere was moved: it is named once. */
  async function joinMoved(findings: Finding[]): Promise<Finding[]> {
    const missing = findings.flatMap((finding) => (finding.kind === 'removed' ? [finding.id] : []))
    const found = new Set<string>()
    for (let from = 0; from < missing.length; from += STRAYS)
      for (const id of (await sealedEvents.findBatches(missing.slice(from, from + STRAYS))).keys())
        found.add(id)
    return findings
      .filter((finding) => finding.kind !== 'inserted' || !found.has(finding.id))
      .map((finding) =>
        finding.kind === 'removed' && found.has(finding.id) ? { ...finding, kind: 'reordered' } : finding,
      )
  }

  return {
    countBatches: auditSeals.count,

    async verify({ head, onProgress }: Wish): Promise<Verified> {
      const findings: Finding[] = []
      const counts = { batches: 0, events: 0, anonymised: 0 }
      let live = LEAST
      let [last, isHeadFound]: [SignedSeal | null, boolean] = [null, head === null]
      for await (const seal of listSeals()) {
        findings.push(...judgeSeal(seal, last))
        const verdict = await judge(seal)
        findings.push(...verdict.findings)
        counts.anonymised += verdict.anonymised
        counts.events += seal.members?.length ?? 0
        if (!seal.removedAt) {
          findings.push(...(await findStrays(live, seal.number)))
          live = seal.number
          counts.batches++
          onProgress()
        }
        isHeadFound ||= toHash(seal) === head
        last = seal
      }
      findings.push(
        ...(await findStrays(live, MOST)),
        ...(await findUnsealed(last)),
        ...(isHeadFound || head === null ? [] : [{ kind: 'head-missing' as const, head }]),
      )
      return {
        ...counts,
        findings: await joinMoved(findings),
        unsealed: await sealedEvents.countUnsealed(),
        head: last && { number: last.number, hash: toHash(last), sealedAt: last.sealedAt },
      }
    },
  }
}
