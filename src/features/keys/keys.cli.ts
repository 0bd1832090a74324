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
    .summary('the keys that sign access tokens')
    .description('Shows and changes the keys that sign access tokens.')

  commands
    .command('list')
    .summary('show every key')
    .description('Shows every key that signs access tokens, is about to, or still verifies older ones.')
    .action(() =>
      run(async ({ signingKeys }) => {
        const keys = await signingKeys.list()
        return { json: keys.map(toPublicKey), text: toText(keys) }
      }),
    )

  commands
    .command('rotate')
    .summary('let a new key take over')
    .description(
      'Makes a new key. It is published first and signs a little later, so that nobody meets a token of a key that they have not fetched. Nobody notices: the tokens of the old key stay good until they expire.',
    )
    .option(
      '--now',
      'for keys that somebody else may have: when the command answers, two seconds later, they are void, with every access token they signed',
    )
    .action(({ now: immediately = false }: { now?: boolean }) =>
      run(async ({ signingKeys }, origin) => {
        const rotated = await signingKeys.rotate({ immediately, origin })
        if (rotated.outcome === 'shared-secret')
          return { failure: 'Tokens are signed with JWT_SECRET_KEY: change that setting instead.' }
        if (!('key' in rotated)) return { failure: SEALED }
        const { outcome, key } = rotated
        return { json: { outcome, key: toPublicKey(key) }, text: toSentence(rotated, { immediately }) }
      }),
    )
}

function toSentence({ outcome, key }: Rotated, { immediately }: { immediately: boolean }): string {
  const from = toMinute(key.activeFrom)
  if (outcome === 'pending') return `The key ${key.id} waits already: it signs from ${from}.`
  return immediately
    ? `The key ${key.id} signs from now on. The portal no longer uses or believes the keys before it, so their access tokens are void. Programs that check tokens themselves follow within 15 minutes.`
    : `The key ${key.id} is published, and signs from ${from}.`
}

function toText(keys: KeyWithState[]): string {
  if (keys.length === 0)
    return 'No key is stored. The portal makes the first one when it starts, unless JWT_SECRET_KEY signs.'
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
