import type { Command } from 'commander'
import { toPublicUser } from '../../domain/user/user.ts'
import { findMistake } from '../../terminal/argument.ts'
import { ask, askNewSecret, isTerminal, readLines } from '../../terminal/ask.ts'
import type { Run } from '../../terminal/command.ts'
import { type AdminForm, adminForm } from './create-admin.form.ts'
import type { AdminService } from './create-admin.service.ts'

type Dependencies = { run: Run<{ admins: AdminService }> }

const nothingPiped =
  'Nothing was piped in. Give the address on the first line and the password on the second.'

/** gatehouse users …: the accounts of people. */
export function addUserCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('users')
    .summary('the accounts of people')
    .description('Manages the accounts of people.')

  commands
    .command('create-admin')
    .summary('create an administrator')
    .description(
      'Creates an administrator, whose address counts as proved. Asks for the address and the password; when something is piped in, its first line is the address and its second line the password.',
    )
    .action(async (_options: unknown, command: Command) => {
      const piped = isTerminal() ? null : await readPiped(command)
      await run(async ({ admins }, origin) => {
        const form = piped ?? (await askForm(admins))
        const creation = await admins.createAdmin(form, origin)
        switch (creation.outcome) {
          case 'created': {
            const text = `${form.email} is an administrator now, and can sign in.`
            return { json: toPublicUser(creation.user), text }
          }
          case 'email-taken':
            return { failure: `${form.email} has an account already. It was left as it is.` }
          case 'weak-password':
            return { failure: creation.sentence }
        }
      })
    })
}

/** Never from arguments or the environment: others can read those. */
async function readPiped(command: Command): Promise<AdminForm> {
  const [email, password] = await readLines(2)
  const typed = { email, password }
  const mistake = email ? findMistake(adminForm, typed) : nothingPiped
  return mistake ? command.error(mistake) : adminForm.parse(typed)
}

async function askForm(admins: AdminService): Promise<AdminForm> {
  const { email: emailField, password: passwordField } = adminForm.shape
  const typed = await ask({ message: 'Email address', findMistake: (it) => findMistake(emailField, it) })
  const email = emailField.parse(typed)
  const password = await askNewSecret({
    message: 'Password',
    findMistake: async (it) =>
      findMistake(passwordField, it) ?? (await admins.findPasswordProblem({ email, password: it })),
  })
  return { email, password }
}
