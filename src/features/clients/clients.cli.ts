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
const unknownId = 'There is no client with this id. "gatehouse clients list" shows them all.'

/** gatehouse clients …: the programs that may ask for tokens. */
export function addClientCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('clients')
    .summary('programs that may ask for tokens')
    .description('Registers the programs that may ask for tokens, and lets them in no more.')

  commands
    .command('create')
    .summary('register a program')
    .description('Registers a program, and shows its id and its secret. The secret is shown only this once.')
    .argument('<name>', 'what people know it by', (typed) => readArgument(clientNameField, typed))
    .option(
      '--scope <scope>',
      `what its tokens may be used for; may be given several times. One of ${SCOPES.join(', ')} (default: ${USUAL_SCOPES})`,
      (typed, earlier: Scope[] = []) => [...earlier, ...readArgument(scopeField, typed)],
    )
    .option('--public', 'for a program that cannot keep a secret: one in a browser, on a phone, on a laptop')
    .action((name: string, { scope = USUAL_SCOPES, public: isPublic = false }: Options) =>
      run(async ({ clients }, origin) => {
        const scopes = SCOPES.filter((each) => scope.includes(each))
        const { client, secret } = await clients.create({ name, scopes, isPublic, origin })
        return show(client, { secret, sentence: `The client "${name}" was registered.` })
      }),
    )

  commands
    .command('list')
    .summary('show every client')
    .description('Shows every client, the oldest first.')
    .action(() => run(async ({ clients }) => showAll(await clients.list())))

  commands
    .command('rotate-secret')
    .summary('give a client a new secret')
    .description('Gives a client a new secret, shown only this once. The old one stops working at once.')
    .argument('<id>', 'as "gatehouse clients list" shows it: cli_…')
    .action((id: string) =>
      run(async ({ clients }, origin) => {
        const rotation = await clients.rotateSecret(id, origin)
        switch (rotation.outcome) {
          case 'rotated': {
            const sentence = `The client "${rotation.client.name}" has a new secret. The old one no longer works.`
            return show(rotation.client, { secret: rotation.secret, sentence })
          }
          case 'public':
            return { failure: `"${rotation.client.name}" is a public client: it has no secret.` }
          case 'disabled':
            return { failure: `"${rotation.client.name}" is disabled. Register it anew.` }
          case 'not-found':
            return { failure: unknownId }
        }
      }),
    )

  commands
    .command('disable')
    .summary('let a client in no more')
    .description('Lets a client in no more, and ends every refresh token that it holds. This is for good.')
    .argument('<id>', 'as "gatehouse clients list" shows it: cli_…')
    .action((id: string) =>
      run(async ({ clients }, origin) => {
        const disabling = await clients.disable(id, origin)
        if (disabling.outcome === 'not-found') return { failure: unknownId }
        const { name } = disabling.client
        const text =
          disabling.outcome === 'disabled'
            ? `The client "${name}" is disabled. ${toEnding(disabling.endedFamilies)}`
            : `The client "${name}" was disabled before.`
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
  const warning = secret ? ['', 'The secret is shown only now. Keep it where the program can read it.'] : []
  return {
    json: { ...toClientAnswer(client), ...(secret && { secret }) },
    text: [sentence, '', toTable(rows), ...warning].join('\n'),
  }
}

function showAll(clients: ApiClient[]): Answer {
  const json = clients.map(toClientAnswer)
  if (clients.length === 0) return { json, text: 'No client is registered.' }
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
  if (families === 0) return 'It held no refresh tokens.'
  return families === 1
    ? 'The refresh token that it held ended with it.'
    : `The ${families} refresh tokens that it held ended with it.`
}
