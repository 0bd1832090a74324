import type { Command } from 'commander'
import type { SigningKeyService } from '../../domain/signing-key/signing-key.service.ts'
import type { KeyState, SigningKey } from '../../domain/signing-key/signing-key.ts'
import type { Run } from '../../terminal/command.ts'
import { toMinute, toTable } from '../../terminal/table.ts'

type Key = SigningKey & { state: KeyState }
type Dependencies = { run: Run<{ signingKeys: SigningKeyService }> }

const noKeys =
  'With JWT_ALGORITHM=HS256 there are no keys: give the portal and all who verify another JWT_SECRET_KEY.'

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
      'Makes a new key. It is published first and signs a little later, so that nobody meets a token of a key that they have not seen. Tokens of the old key stay good until they expire.',
    )
    .option('--now', 'let the new key sign at once, because the old one may be known to somebody')
    .action(({ now: immediately = false }: { now?: boolean }) =>
      run(async ({ signingKeys }, origin) => {
        const rotated = await signingKeys.rotate({ immediately, origin })
        if (rotated.outcome === 'shared-secret') return { failure: noKeys }
        const { outcome, key } = rotated
        return { json: { outcome, key: toPublicKey(key) }, text: toSentence(outcome, key) }
      }),
    )
}

function toSentence(outcome: 'rotated' | 'pending', { id, state, activeFrom }: Key): string {
  if (outcome === 'pending')
    return `The key ${id} waits already: it signs from ${toMinute(activeFrom)}. With --now it signs at once.`
  return state === 'active'
    ? `The key ${id} signs from now on.`
    : `The key ${id} is published, and signs from ${toMinute(activeFrom)}.`
}

function toText(keys: Key[]): string {
  if (keys.length === 0) return 'There is no key yet: the first one is made when the portal starts.'
  const headings = ['ID', 'ALGORITHM', 'STATE', 'CREATED', 'SIGNS FROM']
  const rows = keys.map(({ id, algorithm, state, createdAt, activeFrom }) => [
    id,
    algorithm,
    state,
    toMinute(createdAt),
    toMinute(activeFrom),
  ])
  return toTable([headings, ...rows])
}

function toPublicKey({ id, algorithm, state, createdAt, activeFrom }: Key) {
  return {
    id,
    algorithm,
    state,
    created_at: createdAt.toISOString(),
    active_from: activeFrom.toISOString(),
  }
}
