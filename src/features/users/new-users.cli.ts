import { type Command, Option } from 'commander'
import type { PasswordService } from '../../domain/password/password.service.ts'
import { ROLES, toPublicUser } from '../../domain/user/user.ts'
import { findMistake, readTyped } from '../../terminal/argument.ts'
import { ask, askNewSecret, isTerminal, readLines } from '../../terminal/ask.ts'
import type { Run } from '../../terminal/command.ts'
import { toTable } from '../../terminal/table.ts'
import { type AdminForm, adminForm } from './create-admin.form.ts'
import type { AdminService } from './create-admin.service.ts'
import type { TestUserService } from './create-test.service.ts'
import { showChange } from './user-answers.cli.ts'
import { newUserBody, testUserForm } from './users.form.ts'
import type { UsersService } from './users.service.ts'

type Services = {
  admins: AdminService
  testUsers: TestUserService
  users: UsersService
  passwords: PasswordService
}
type Dependencies = { run: Run<Services> }

const nothingPiped =
  'Nothing was piped in. Put the email address on the first line and the password on the second.'
const inProduction =
  'This is production: a test account could be used by whoever sees its password. Add --yes if you want it anyway.'

/** How accounts begin: by an invitation, as a test account, as the first administrator. */
export function addNewUserCommands(commands: Command, { run }: Dependencies) {
  commands
    .command('create')
    .summary('create an account and invite its owner')
    .description(
      'Creates an account and emails its owner a link to choose a password with. An address that somebody has only registered, and never confirmed, is theirs from then on.',
    )
    .argument('<email>', 'the address that the invitation goes to')
    .option('--name <name>', 'the name people see')
    .option('--username <username>', 'another name to sign in with')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).default('user'))
    .action(async (email: string, { name, ...rest }: Record<string, string>, command: Command) => {
      const newUser = readTyped(newUserBody, { email, display_name: name, ...rest }, command)
      await run(async ({ users }, origin) =>
        showChange(
          await users.create(newUser, { actor: null, origin }),
          (user) => `Created an account for ${user.email}. The invitation is on its way.`,
        ),
      )
    })

  commands
    .command('create-test')
    .summary('create a test account')
    .description(
      'Creates an account for trying things out, at the next address that is free: test1@example.com, then test2@example.com. It is confirmed. Its password is made up and shown once.',
    )
    .option('--prefix <prefix>', 'what comes before the number', 'test')
    .option('--domain <domain>', 'what comes after the @', 'example.com')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).default('user'))
    .option('-y, --yes', 'also in production')
    .action(async ({ yes: isSure = false, ...typed }: { yes?: boolean }, command: Command) => {
      const wish = readTyped(testUserForm, typed, command)
      await run(async ({ testUsers }, origin) => {
        const made = await testUsers.create({ ...wish, isSure }, origin)
        if (made.outcome === 'production') return { failure: inProduction, code: 'forbidden' }
        const { user, password } = made
        const rows = [
          ['email', user.email],
          ['password', password],
        ]
        const warning = 'This is the only time the password is shown.'
        return { json: { ...toPublicUser(user), password }, text: [toTable(rows), warning].join('\n\n') }
      })
    })

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
