import type { Command } from 'commander'
import { z } from 'zod'
import { readArgument } from '../../terminal/argument.ts'
import type { Answer, Run } from '../../terminal/command.ts'
import { openProgress } from '../../terminal/progress.ts'
import { auditFilters, auditQuery } from './audit.form.ts'
import type { AuditService } from './audit.service.ts'
import { writeAuditLines } from './audit-page.ts'
import type { AuditVerification, Verified } from './audit-verification.service.ts'
import { toFindingWords } from './finding-words.ts'

type Dependencies = { run: Run<{ audit: AuditService; auditVerification: AuditVerification }> }

const headField = z
  .string()
  .regex(/^[\w-]{43}$/, 'Use a head as the log names it: 43 characters after "head".')
const PRINTED = 100

const { user, actor, action, ip, from, to } = auditFilters
const filters = [
  ['--user <who>', 'whose account it happened to: an email, a username or an id', user],
  ['--actor <who>', 'who did it: an email, a username or an id', actor],
  ['--action <event>', 'what happened, as in session.started', action],
  ['--ip <address>', 'where it came from', ip],
  ['--from <time>', 'a day in UTC, or a time like 2026-11-21T08:00:00Z', from],
  ['--to <time>', 'a day in UTC, which counts in full, or a time', to],
] as const

/** gatehouse audit …: what happened, and whether it still stands as it was written. */
export function addAuditCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('audit')
    .summary('the audit log')
    .description('Checks the audit log, and writes it out.')

  commands
    .command('verify')
    .summary('find what was changed in the audit log')
    .description(
      'Checks every event against the seal of its batch, and every batch against the one before. Names each event that was edited, inserted, removed or moved. Exits with 1 when it finds something.',
    )
    .option('--head <head>', 'also find this head, which the log named earlier', (typed) =>
      readArgument(headField, typed),
    )
    .action(({ head = null }: { head?: string | null }) =>
      run(async ({ auditVerification }) => {
        const progress = openProgress('Checking')
        const total = await auditVerification.countBatches()
        let checked = 0
        const onProgress = () => progress.show(++checked, total)
        return toAnswer(await auditVerification.verify({ head, onProgress }).finally(progress.end))
      }),
    )

  const exporting = commands
    .command('export')
    .summary('write out the audit log')
    .description(
      'Prints the audit log as JSON lines, oldest first: one event a line, whether or not there is --json. That it was exported is in the log.',
    )
  for (const [flags, text, field] of filters)
    exporting.option(flags, text, (typed) => {
      readArgument<unknown>(field, typed)
      return typed
    })
  exporting.action((typed: object) =>
    run(async ({ audit }, origin) => {
      const { asked } = auditQuery.parse(typed)
      return { pieces: writeAuditLines(await audit.export(asked, { actor: null, origin })) }
    }),
  )
}

function toAnswer(verified: Verified): Answer {
  const { findings, batches, events, anonymised, unsealed, head } = verified
  const json = {
    is_intact: findings.length === 0,
    batches,
    events,
    anonymised,
    unsealed,
    head: head && { batch: head.number, hash: head.hash, sealed_at: head.sealedAt.toISOString() },
    findings: findings.map((finding) => ({ ...finding, text: toFindingWords(finding) })),
  }
  return { json, text: toText(verified), isFound: findings.length > 0 }
}

function toText({ findings, batches, events, anonymised, unsealed, head }: Verified): string {
  const left = findings.length - PRINTED
  const counted = `${toCount(events, 'event')} in ${toCount(batches, 'batch', 'batches')}`
  return [
    ...findings.slice(0, PRINTED).map(toFindingWords),
    ...(left > 0 ? [`There are ${left} more: use --json to see all.`] : []),
    findings.length === 0
      ? `The audit log is as it was written: ${counted}.`
      : `Checked ${counted}, and found ${toCount(findings.length, 'change')}.`,
    ...(anonymised > 0
      ? [`${toCount(anonymised, 'event')} anonymised, because an account was deleted.`]
      : []),
    ...(unsealed > 0 ? [`Not sealed yet: ${toCount(unsealed, 'event')}.`] : []),
    ...(head ? [`Head: batch ${head.number}, ${head.hash}`] : []),
  ].join('\n')
}

function toCount(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${count.toLocaleString('en')} ${many}`
}
