import type { Command } from 'commander'
import type { PasswordService } from '../../domain/password/password.service.ts'
import { toPublicUser } from '../../domain/user/user.ts'
import { findMistake } from '../../terminal/argument.ts'
import { ask, askNewSecret, isTerminal, readLines } from '../../terminal/ask.ts'
import type { Run } from '../../terminal/command.ts'
import { type AdminForm, adminForm } from './create-admin.form.ts'
import type { AdminService } from './create-admin.service.ts'

type Dependencies = { run: Run<{ admins: AdminService; passwords: PasswordService }> }

const nothingPiped =
  'Nothing was piped in. Put the email address on the first line and the password on the second.'

/** gatehouse users …: the accounts of people. */
export function addUserCommands(program: Command, { run }: Dependencies) {
  const commands = program.command('users').summary('manage accounts').description('Manages accounts.')

  commands
    .command('random-password')
    .summary('make up a password')
    .description('Prints a random password that this portal accepts. Nothing is stored or changed.')
    .action(() =>
      run(async ({ passwords }) => {
        const password = passwords.generateRandomPassword()
        return { json: { password }, text: password }
      }),
    )

  commands
    .command('create-admin')
    .summary('create an administrator')
    .description(
      'Creates an administrator with a confirmed email address. Asks for the address and the password, or reads them from standard input: the address on the first line, the password on the second.',
    )
    .action(async (_options: unknown, command: Command) => {
      const piped = isTerminal() ? null : await readPiped(command)
      await run(async ({ admins }, origin) => {
        const form = piped ?? (await askForm(admins))
        const creation = await admins.createAdmin(form, origin)
        switch (creation.outcome) {
          case 'created': {
            const text = `${form.email} is now an administrator and can sign in.`
            return { json: toPublicUser(creation.user), text }
          }
          case 'email-taken':
            return {
              failure: `${form.email} already has an account. Nothing was changed.`,
              code: 'email_taken',
            }
          case 'weak-password':
            return { failure: creation.sentence, code: 'validation_failed' }
        }
      })
    })
}

/** Never from arguments or the environment, which others can read. */
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
