import type { Command } from 'commander'
import type { SigningKeyService } from '../../domain/signing-key/signing-key.service.ts'
import type { KeyWithState } from '../../domain/signing-key/signing-key.ts'
import type { Run } from '../../terminal/command.ts'
import { toMinute, toTable } from '../../terminal/table.ts'

type Rotated = { outcome: 'rotated' | 'pending'; key: KeyWithState }
const SEALED =
  'Some keys were encrypted with a SECRET_KEY that is not set here. Add it to SECRET_KEY, or void those keys with --now.'

type Dependencies = { run: Run<{ signingKeys: SigningKeyService }> }

/** gatehouse keys …: what access tokens are signed with. */
export function addKeyCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('keys')
    .summary('manage the keys that sign access tokens')
    .description('Lists and rotates the keys that sign access tokens.')

  commands
    .command('list')
    .summary('list all keys')
    .description('Lists the keys that sign access tokens, will sign soon, or still verify older tokens.')
    .action(() =>
      run(async ({ signingKeys }) => {
        const keys = await signingKeys.list()
        return { json: keys.map(toPublicKey), text: toText(keys) }
      }),
    )

  commands
    .command('rotate')
    .summary('switch to a new key')
    .description(
      'Makes a new key. It is published first and signs 20 minutes later, so that everyone has fetched it by then. Nobody notices: tokens signed with the old key stay valid until they expire.',
    )
    .option(
      '--now',
      'if someone else may have the keys: by the time the command answers, two seconds later, they and every access token they signed have stopped working',
    )
    .action(({ now: immediately = false }: { now?: boolean }) =>
      run(async ({ signingKeys }, origin) => {
        const rotated = await signingKeys.rotate({ immediately, origin })
        if (rotated.outcome === 'shared-secret')
          return { failure: 'Tokens are signed with JWT_SECRET_KEY. Change that setting instead.' }
        if (!('key' in rotated)) return { failure: SEALED }
        const { outcome, key } = rotated
        return { json: { outcome, key: toPublicKey(key) }, text: toSentence(rotated, { immediately }) }
      }),
    )
}

function toSentence({ outcome, key }: Rotated, { immediately }: { immediately: boolean }): string {
  const from = toMinute(key.activeFrom)
  if (outcome === 'pending') return `The key ${key.id} is already waiting. It signs from ${from}.`
  return immediately
    ? `The key ${key.id} signs from now on. The portal no longer accepts earlier keys or the access tokens they signed. Programs that verify tokens themselves follow within 15 minutes.`
    : `The key ${key.id} is published. It signs from ${from}.`
}

function toText(keys: KeyWithState[]): string {
  if (keys.length === 0)
    return 'There are no keys yet. The portal makes the first one when it starts, unless it signs with JWT_SECRET_KEY.'
  const headings = ['ID', 'ALGORITHM', 'STATE', 'CREATED', 'SIGNS FROM']
  const rows = keys.map((key) => [
    key.id,
    key.algorithm,
    key.state,
    toMinute(key.createdAt),
    toMinute(key.activeFrom),
  ])
  return toTable([headings, ...rows])
}

function toPublicKey({ id, algorithm, createdAt, activeFrom, state }: KeyWithState) {
  return { id, algorithm, state, created_at: createdAt.toISOString(), active_from: activeFrom.toISOString() }
}
