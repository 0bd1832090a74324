import type { Command } from 'commander'
import type { Answer, Run } from '../../terminal/command.ts'
import type { DoctorService } from './doctor.service.ts'
import type { Finding } from './finding.ts'

type Dependencies = { run: Run<{ doctor: DoctorService }> }

const MARKS = { ok: 'ok      ', warning: 'warning ', problem: 'problem ' }

/** gatehouse doctor: what is wrong with this portal, and how to mend it. */
export function addDoctorCommand(program: Command, { run }: Dependencies) {
  program
    .command('doctor')
    .summary('find out what is wrong')
    .description(
      'Checks the settings, the folder of DATA_DIR, the database, Redis, email, Google, the clocks, the proxy, the signing keys and the copies of sessions in Redis. Says in a line what each is like, and how to mend it. Exits with 1 if there is a problem; a warning is none.',
    )
    .option('--fix', 'close files to others, and drop copies of sessions that have ended')
    .action(({ fix: fixes = false }: { fix?: boolean }) =>
      run(async ({ doctor }) => toAnswer(await doctor.examine({ fixes }))),
    )
}

function toAnswer(findings: Finding[]): Answer {
  return {
    json: { findings },
    text: findings.map(toLine).join('\n'),
    isFound: findings.some(({ level }) => level === 'problem'),
  }
}

function toLine({ level, about, says, mend }: Finding): string {
  return `${MARKS[level]}${about}: ${says}${mend ? ` ${mend}` : ''}`
}
