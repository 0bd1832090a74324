import type { Command } from 'commander'
import { SCOPES, type Scope } from '../../domain/access-token/scope.ts'
import type { ApiClientService } from '../../domain/api-client/api-client.service.ts'
import { type ApiClient, toClientAnswer } from '../../domain/api-client/api-client.ts'
import { readArgument } from '../../terminal/argument.ts'
import type { Answer, Run } from '../../terminal/command.ts'
import { toMinute, toTable } from '../../terminal/table.ts'
import { clientNameField, scopeField } from './clients.form.ts'

type Dependencies = { run: Run<{ clients: ApiClientService }> }
type Options = { scope?: Scope[]; public?: boolean }

const USUAL_SCOPES: Scope[] = ['account:read']
const unknownId = 'No client has this id. Run "gatehouse clients list" to see them all.'

/** gatehouse clients …: the programs that may ask for tokens. */
export function addClientCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('clients')
    .summary('manage the programs that can ask for tokens')
    .description('Registers, lists and disables the programs that can ask for tokens.')

  commands
    .command('create')
    .summary('register a program')
    .description('Registers a program and shows its id and secret. The secret is shown only once.')
    .argument('<name>', 'the name people see', (typed) => readArgument(clientNameField, typed))
    .option(
      '--scope <scope>',
      `what its tokens allow; repeat the option for more. One of ${SCOPES.join(', ')} (default: ${USUAL_SCOPES})`,
      (typed, earlier: Scope[] = []) => [...earlier, ...readArgument(scopeField, typed)],
    )
    .option(
      '--public',
      'for a program that cannot keep a secret, such as an app in a browser, on a phone or on a laptop',
    )
    .action((name: string, { scope = USUAL_SCOPES, public: isPublic = false }: Options) =>
      run(async ({ clients }, origin) => {
        const scopes = SCOPES.filter((each) => scope.includes(each))
        const { client, secret } = await clients.create({ name, scopes, isPublic, origin })
        return show(client, { secret, sentence: `Registered the client "${name}".` })
      }),
    )

  commands
    .command('list')
    .summary('list all clients')
    .description('Lists all clients, oldest first.')
    .action(() => run(async ({ clients }) => showAll(await clients.list())))

  commands
    .command('rotate-secret')
    .summary('give a client a new secret')
    .description('Gives a client a new secret, shown only once. The old one stops working at once.')
    .argument('<id>', 'the id from "gatehouse clients list": cli_…')
    .action((id: string) =>
      run(async ({ clients }, origin) => {
        const rotation = await clients.rotateSecret(id, origin)
        switch (rotation.outcome) {
          case 'rotated': {
            const sentence = `The client "${rotation.client.name}" has a new secret. The old one no longer works.`
            return show(rotation.client, { secret: rotation.secret, sentence })
          }
          case 'public':
            return { failure: `"${rotation.client.name}" is a public client, so it has no secret.` }
          case 'disabled':
            return { failure: `"${rotation.client.name}" is disabled. Register it again.` }
          case 'not-found':
            return { failure: unknownId, code: 'not_found' }
        }
      }),
    )

  commands
    .command('disable')
    .summary('disable a client')
    .description('Disables a client for good and ends all its refresh tokens.')
    .argument('<id>', 'the id from "gatehouse clients list": cli_…')
    .action((id: string) =>
      run(async ({ clients }, origin) => {
        const disabling = await clients.disable(id, origin)
        if (disabling.outcome === 'not-found') return { failure: unknownId, code: 'not_found' }
        const { name } = disabling.client
        const text =
          disabling.outcome === 'disabled'
            ? `The client "${name}" is disabled. ${toEnding(disabling.endedFamilies)}`
            : `The client "${name}" was already disabled.`
        return { json: toClientAnswer(disabling.client), text }
      }),
    )
}

function show(client: ApiClient, { secret, sentence }: { secret: string | null; sentence: string }): Answer {
  const rows = [
    ['id', client.id],
    ...(secret ? [['secret', secret]] : []),
    ['scope', client.scopes.join(' ')],
  ]
  const warning = secret
    ? ['', 'This is the only time the secret is shown. Store it where the program can read it.']
    : []
  return {
    json: { ...toClientAnswer(client), ...(secret && { secret }) },
    text: [sentence, '', toTable(rows), ...warning].join('\n'),
  }
}

function showAll(clients: ApiClient[]): Answer {
  const json = clients.map(toClientAnswer)
  if (clients.length === 0) return { json, text: 'No clients are registered.' }
  const headings = ['ID', 'NAME', 'KIND', 'SCOPE', 'REGISTERED', 'STATE']
  const rows = clients.map((client) => [
    client.id,
    client.name,
    client.isPublic ? 'public' : 'with secret',
    client.scopes.join(' '),
    toMinute(client.createdAt),
    client.disabledAt ? `disabled ${toMinute(client.disabledAt)}` : 'active',
  ])
  return { json, text: toTable([headings, ...rows]) }
}

function toEnding(families: number): string {
  if (families === 0) return 'It had no refresh tokens.'
  return families === 1 ? 'Its refresh token has ended.' : `Its ${families} refresh tokens have ended.`
}
