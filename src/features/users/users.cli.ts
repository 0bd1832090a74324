import { type Command, Option } from 'commander'
import type { PasswordResetService } from '../../domain/one-time-link/password-reset.service.ts'
import { type ManagedUser, ROLES, type UserChanges } from '../../domain/user/user.ts'
import { USER_SORTS } from '../../domain/user/user-list.ts'
import { readTyped } from '../../terminal/argument.ts'
import type { Answer, Run } from '../../terminal/command.ts'
import { addNewUserCommands } from './new-users.cli.ts'
import { showChange, showUser, toUserTable, unknownPerson } from './user-answers.cli.ts'
import { toUserPage } from './user-page.ts'
import { userListQuery, userPatch } from './users.form.ts'
import type { UsersService } from './users.service.ts'

type Services = { users: UsersService; passwordReset: PasswordResetService }
type Dependencies = { run: Run<Services> } & Parameters<typeof addNewUserCommands>[1]

const PERSON = ['<person>', 'an email, a username or an id'] as const
const resetRefusals = {
  unknown: unknownPerson,
  deactivated: { failure: 'This account is deactivated. Reactivate it first.', code: 'account_disabled' },
  'no-mail': { failure: 'This portal sends no email.', code: 'forbidden' },
  'too-many': {
    failure: 'This mailbox has had enough of these emails for now. Try again in an hour.',
    code: 'too_many_attempts',
  },
} satisfies Record<string, Answer>

/** gatehouse users …: the accounts of people. */
export function addUserCommands(program: Command, { run }: Dependencies) {
  const commands = program.command('users').summary('manage accounts').description('Manages accounts.')

  const change = (name: string, wanted: UserChanges, toText: (user: ManagedUser) => string) =>
    run(async ({ users }, origin) => {
      const found = await users.findByAnyName(name)
      return found
        ? showChange(await users.change(found.id, wanted, { actor: null, origin }), toText)
        : unknownPerson
    })

  addNewUserCommands(commands, { run })

  commands
    .command('list')
    .summary('list accounts')
    .description('Lists accounts, the newest first, a page at a time.')
    .option('--search <text>', 'only those whose email or username begins so')
    .addOption(new Option('--role <role>', 'only those with this role').choices(ROLES))
    .addOption(new Option('--status <status>', 'only those in this state').choices(['active', 'deactivated']))
    .addOption(new Option('--sort <order>', 'a minus reverses the order').choices(USER_SORTS))
    .option('--per-page <number>', 'how many to show, at most 100')
    .option('--after <cursor>', 'go on where a page ended: what it printed last')
    .action(async ({ perPage, ...typed }: Record<string, string>, command: Command) => {
      const query = readTyped(userListQuery, { ...typed, per_page: perPage }, command)
      await run(async ({ users }) => {
        const found = await users.list(query)
        const more = found.next ? `\n\nThere are more: add --after ${found.next}` : ''
        const text = found.users.length > 0 ? toUserTable(found.users) + more : 'Nobody was found.'
        return { json: toUserPage(found, query), text }
      })
    })

  commands
    .command('show')
    .summary('show an account')
    .description('Shows one account.')
    .argument(...PERSON)
    .action((name: string) =>
      run(async ({ users }) => {
        const user = await users.findByAnyName(name)
        return user ? showUser(user) : unknownPerson
      }),
    )

  commands
    .command('update')
    .summary('change a name or a role')
    .description(
      'Changes what is named, and leaves the rest. Empty text removes a name. A new role signs the person out everywhere. They are told by email.',
    )
    .argument(...PERSON)
    .option('--name <name>', 'the name people see')
    .option('--username <username>', 'another name to sign in with')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES))
    .action((person: string, { name, ...rest }: Record<string, string>, command: Command) => {
      const wanted = readTyped(userPatch, { display_name: name, ...rest }, command)
      if (Object.values({ name, ...rest }).every((typed) => typed === undefined))
        command.error('Say what to change: --name, --username or --role.')
      return change(person, wanted, (user) => `Changed ${user.email}.`)
    })

  commands
    .command('deactivate')
    .summary('keep somebody out')
    .description(
      'Signs somebody out everywhere, ends their tokens, and lets them in no more until they are reactivated. They are told by email.',
    )
    .argument(...PERSON)
    .option('--reason <text>', 'why: its owner reads it')
    .option('--until <time>', 'when the account comes back by itself, like 2026-12-01T00:00:00Z')
    .action((person: string, { reason, until }: Record<string, string>, command: Command) => {
      const typed = { is_active: false, deactivation_reason: reason, deactivated_until: until }
      return change(person, readTyped(userPatch, typed, command), (user) => `${user.email} is deactivated.`)
    })

  commands
    .command('reactivate')
    .summary('let somebody in again')
    .description('Lets somebody in again who was deactivated. They sign in anew, and are told by email.')
    .argument(...PERSON)
    .action((person: string) => change(person, { isActive: true }, (user) => `${user.email} is active.`))

  commands
    .command('send-reset')
    .summary('email somebody a link to a new password')
    .description(
      'Emails somebody a link to choose a new password with, as the page “Forgot your password?” does. Until they use it, nothing changes. Whoever was invited and has not come yet gets the invitation again.',
    )
    .argument(...PERSON)
    .action((name: string) =>
      run(async ({ users, passwordReset }, origin) => {
        const user = await users.findByAnyName(name)
        if (!user) return unknownPerson
        const outcome = await passwordReset.sendTo(user.id, { actor: null, origin })
        if (outcome !== 'sent') return resetRefusals[outcome]
        return { json: { sent_to: user.email }, text: `A link is on its way to ${user.email}.` }
      }),
    )
}
