import type { Finding } from '../../domain/audit-event/verdict.ts'

/** What somebody did to the audit log, as an operator reads it. */
export function toFindingWords(finding: Finding): string {
  switch (finding.kind) {
    case 'edited':
      return `Event ${toName(finding)} was edited (batch ${finding.batch}).`
    case 'inserted':
      return finding.batch === null
        ? `Event ${toName(finding)} was inserted: it has no seal, and newer events have one.`
        : `Event ${toName(finding)} was inserted (batch ${finding.batch}).`
    case 'removed':
      return `Event ${toName(finding)} was removed (batch ${finding.batch}, place ${finding.position}).`
    case 'reordered':
      return `Event ${toName(finding)} was moved: it belongs in batch ${finding.batch}, at place ${finding.position}.`
    case 'batch-edited':
      return `Batch ${finding.batch} was edited.`
    case 'batch-unsigned':
      return `Batch ${finding.batch} is not signed with a SECRET_KEY known here: somebody else wrote it, or the key is missing.`
    case 'batches-removed':
      return finding.from === finding.to
        ? `Batch ${finding.from} was removed.`
        : `Batches ${finding.from} to ${finding.to} were removed.`
    case 'head-missing':
      return `The head ${finding.head} is not in the chain: the end of the audit log was removed or written again.`
  }
}

/** On one line, whatever somebody made of it. */
function toName({ id }: { id: string }): string {
  return JSON.stringify(id).slice(1, -1)
}
