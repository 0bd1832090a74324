import { Argument, type Command } from 'commander'
import { MAIL_STATES, type MailState } from '../../domain/outgoing-mail/mail-list.ts'
import { readArgument } from '../../terminal/argument.ts'
import type { Answer, Run } from '../../terminal/command.ts'
import { toMinute, toTable } from '../../terminal/table.ts'
import { mailIdField, recipientField, stateField } from './mail.form.ts'
import type { MailChange, MailPage, MailService } from './mail.service.ts'
import { changeWords, toShownMail } from './mail-words.ts'

type Dependencies = { run: Run<{ mail: MailService }> }
type Options = { state?: MailState; to?: string }

const LISTED = 100
const REFUSED: MailChange[] = ['sending', 'sent', 'over', 'unknown']

/** gatehouse mail …: emails that wait, and those that could not be sent. */
export function addMailCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('mail')
    .summary('emails on their way')
    .description('Lists the emails of the last days, tries them again, and cancels them.')

  commands
    .command('list')
    .summary('list emails, newest first')
    .description(`Lists the newest ${LISTED} emails. What is in them is never shown: it may open an account.`)
    .option('--state <state>', `only those that are ${MAIL_STATES.join(', ')}`, (typed) =>
      readArgument(stateField, typed),
    )
    .option('--to <address>', 'only those to this address', (typed) => readArgument(recipientField, typed))
    .action(({ state, to }: Options) =>
      run(async ({ mail }) =>
        toListing(
          await mail.list({ state: state ?? null, recipient: to ?? null }, { after: null, most: LISTED }),
        ),
      ),
    )

  commands
    .command('retry')
    .summary('try an email again now')
    .description('Tries an email again now, whether it waits or was given up.')
    .addArgument(idArgument())
    .action((id: string) =>
      run(async ({ mail }, origin) => toAnswer(id, await mail.retry(id, { actor: null, origin }))),
    )

  commands
    .command('cancel')
    .summary('cancel an email')
    .description(
      'Cancels an email that nobody has begun to send. One that was tried before is given up instead, because it may have arrived.',
    )
    .addArgument(idArgument())
    .action((id: string) =>
      run(async ({ mail }, origin) => toAnswer(id, await mail.cancel(id, { actor: null, origin }))),
    )
}

function idArgument() {
  return new Argument('<id>', 'the id from "gatehouse mail list"').argParser((typed) =>
    readArgument(mailIdField, typed),
  )
}

function toListing({ mails }: MailPage): Answer {
  const shown = mails.map(toShownMail)
  const rows = mails.map(({ id, recipient, template, state, attempts, createdAt, lastError }) => [
    ...[id, recipient, template, state, String(attempts), toMinute(createdAt), lastError ?? ''],
  ])
  const head = ['ID', 'TO', 'EMAIL', 'STATE', 'ATTEMPTS', 'WRITTEN', 'LAST ERROR']
  return { json: shown, text: rows.length > 0 ? toTable([head, ...rows]) : 'There are no such emails.' }
}

function toAnswer(id: string, outcome: MailChange): Answer {
  if (REFUSED.includes(outcome)) return { failure: changeWords[outcome] }
  return { json: { id, outcome }, text: changeWords[outcome] }
}
