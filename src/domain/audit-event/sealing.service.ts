import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import { BATCH, inBatches } from '../batches.ts'
import type { Repositories, Transact } from '../repositories.ts'
import { type Seal, type SealHead, sealBatch } from './seal.ts'
import { judgeRows, judgeSeal } from './verdict.ts'

export type SealingService = ReturnType<typeof createSealingService>
type Dependencies = { repositories: Repositories; transact: Transact; clock: Clock; log: Log }

/**
 * Puts the events of the audit log into batches, each of which covers the one before (ASVS 16.4.2). Whoever writes an event waits for
 * nobody: what is committed while a batch is being made goes into the next one.
 */
export function createSealingService({ repositories, transact, clock, log }: Dependencies) {
  const { auditSeals, sealedEvents, system } = repositories
  let sealedLast: SealHead | null = null

  /** One process at a time: the number of the batch is taken first. */
  function sealNext(now: Date): Promise<Seal | null> {
    return transact<Seal | null>(async (parts, undo) => {
      const number = await parts.auditSeals.begin(now)
      const rows = number ? await parts.sealedEvents.takeUnsealed(now, BATCH) : []
      if (!number || rows.length === 0) return undo(null)
      const previous = await parts.auditSeals.findHash(number - 1)
      const { seal, seals } = sealBatch({ number, previous, rows, now })
      await parts.sealedEvents.putInto(seal, seals)
      await parts.auditSeals.write(seal)
      return seal
    })
  }

  /** What this process sealed last is there, unless newer batches outlived it: whoever has seals written again has not this memory. */
  async function watchEnd(): Promise<void> {
    if (!sealedLast) return
    const { number, hash: head } = sealedLast
    const [next] = await auditSeals.list(number - 1, 1)
    if (next && (next.number > number || next.hash === head)) return
    sealedLast = null
    log.error({ batch: number, head }, 'the end of the audit log was cut off or written again')
  }

  /** Only what is as it was sealed: what somebody changed stays, to be looked into. */
  async function isIntact(seal: Seal): Promise<boolean> {
    const found = await auditSeals.list(seal.number - 2, 2)
    const [signed, before = null] = [seal.number, seal.number - 1].map((number) =>
      found.find((each) => each.number === number),
    )
    if (!signed || judgeSeal(signed, before).length > 0) return false
    return judgeRows(signed, await sealedEvents.listOfBatch(seal.number)).findings.length === 0
  }

  function remove(seal: Seal): Promise<boolean> {
    return transact<boolean>(async (parts, undo) => {
      if (!(await parts.auditSeals.markRemoved(seal, clock.now()))) return undo(false)
      await parts.sealedEvents.removeBatch(seal)
      return true
    })
  }

  return {
    /** Everything that can be sealed. The head of the chain goes to the log, out of reach of whoever can write to the database. */
    async sealAll(): Promise<void> {
      const now = await system.readTime(clock.now())
      await watchEnd()
      while (await sealedEvents.hasUnsealed(now)) {
        const seal = await sealNext(now)
        if (!seal) return
        const { number: batch, rows, hash: head } = seal
        sealedLast = seal
        log.info({ batch, rows, head }, 'audit events were sealed')
      }
    },

    /** Whole batches, the oldest first, once their newest event is older than this. Events without a seal stay. */
    async removeOlder(before: Date): Promise<void> {
      for (;;) {
        const seal = await auditSeals.findOldest()
        if (!seal || seal.newestAt >= before) return
        const { number: batch } = seal
        if (!(await isIntact(seal)))
          return log.error({ batch }, 'old audit events stay: run gatehouse audit verify')
        if (!(await remove(seal))) return
        log.info({ batch, rows: seal.rows }, 'old audit events were removed')
      }
    },

    /** What an older SECRET_KEY signed is signed with the newest one. */
    async signAnew(): Promise<void> {
      await inBatches(auditSeals.signAnew)
      await inBatches(sealedEvents.markAnew)
    },
  }
}
