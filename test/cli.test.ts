import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { cliFile, type Outcome, openShell, type Shell } from './support/command-line.ts'
import { openCuttableDatabase } from './support/cuttable-database.ts'
import { findFreePort } from './support/free-port.ts'
import { openPortal } from './support/portal.ts'
import { stores } from './support/stores.ts'

const root = { email: 'root@example.com', password: 'sunset marble violin' }
const asPiped = ({ email, password }: typeof root) => `${email}\n${password}\n`
const sharedKey = 'a-key-that-the-portal-and-its-command-line-have-in-common'
/** PostgreSQL's Terminate. */
const sqlGoodbye = /^X\0\0\0\x04$/
const unknownId = 'cli_aaaaaaaaaaaaaaaaaaaaaa'

test('a password is made up on the command line: another one each time, and nothing else is said', async () => {
  await using shell = await openShell()

  const [one, other] = [
    await shell.gatehouse(['users', 'random-password']),
    await shell.gatehouse(['users', 'random-password', '--json']),
  ]

  assert.deepEqual(done(one), { code: 0, errors: '' })
  assert.match(one.output, /^[\w.!-]{20}\n$/)
  assert.match(JSON.parse(other.output).password, /^[\w.!-]{20}$/)
  assert.notEqual(JSON.parse(other.output).password, one.output.trim())
})

for (const { name, open } of [stores[0], stores[2]].filter((store) => store !== undefined)) {
  test(`a client made on the command line is known to the portal at once, until it is disabled: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell(store.settings)
    await using portal = await openPortal({ settings: store.settings })
    const { clients } = portal.services

    const made = await shell.gatehouse(['clients', 'create', 'Billing', '--scope', 'users:read'])
    const [id = ''] = /cli_[\w-]{22}/.exec(made.output) ?? []
    const [secret = ''] = /gcs_[\w-]{64}/.exec(made.output) ?? []
    assert.deepEqual(done(made), { code: 0, errors: '' })
    assert.match(made.output, /^Registered the client "Billing"\.\n/)
    assert.match(made.output, /This is the only time the secret is shown\./)
    assert.deepEqual((await clients.authenticate({ id, secret }))?.scopes, ['users:read'])

    const listed = await shell.gatehouse(['clients', 'list'])
    assert.deepEqual(done(listed), { code: 0, errors: '' })
    assert.match(listed.output, /^ID +NAME +KIND +SCOPE +REGISTERED +STATE\n/)
    assert.match(listed.output, new RegExp(`\n${id} +Billing +with secret +users:read +20.* UTC +active\n$`))

    const rotated = await shell.gatehouse(['clients', 'rotate-secret', id])
    const [newSecret = ''] = /gcs_[\w-]{64}/.exec(rotated.output) ?? []
    assert.deepEqual(done(rotated), { code: 0, errors: '' })
    assert.equal(await clients.authenticate({ id, secret }), null)
    assert.ok(await clients.authenticate({ id, secret: newSecret }))

    const disabled = await shell.gatehouse(['clients', 'disable', id])
    assert.deepEqual(disabled, {
      code: 0,
      output: 'The client "Billing" is disabled. It had no refresh tokens.\n',
      errors: '',
    })
    assert.equal(await clients.authenticate({ id, secret: newSecret }), null)
    assert.match((await shell.gatehouse(['clients', 'list'])).output, / disabled 20.* UTC\n$/)

    const again = await shell.gatehouse(['clients', 'disable', id])
    assert.deepEqual([again.code, again.output], [0, 'The client "Billing" was already disabled.\n'])
    assert.deepEqual(await shell.gatehouse(['clients', 'rotate-secret', id]), {
      code: 1,
      output: '',
      errors: '"Billing" is disabled. Register it again.\n',
    })

    const events = await portal.database.auditEvent.findMany({ orderBy: { at: 'asc' } })
    assert.deepEqual(
      events.map(({ action, ip, userAgent, requestId }) => [action, ip, userAgent, requestId !== '']),
      ['client.created', 'client.secret_rotated', 'client.disabled'].map((action) => [
        action,
        'command line',
        `gatehouse ${packageJson.version}`,
        true,
      ]),
    )
    const kept = JSON.stringify([await portal.database.apiClient.findMany(), events, portal.lines])
    for (const shown of [secret, newSecret]) assert.ok(shown && !kept.includes(shown))
  }) // AUT-14, AUT-15

  test(`for programs every command answers with one JSON document and nothing else: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell(store.settings)
    const ask = async (args: string[], piped = '') => {
      const outcome = await shell.gatehouse(args, { piped })
      assert.deepEqual(done(outcome), { code: 0, errors: '' })
      return JSON.parse(outcome.output)
    }

    const { secret, ...made } = await ask(['--json', 'clients', 'create', 'App', '--scope', 'offline_access'])
    const browser = await ask(['clients', 'create', 'Browser', '--public', '--json'])
    const { secret: newSecret, ...rotated } = await ask(['clients', '--json', 'rotate-secret', made.id])
    const disabled = await ask(['clients', 'disable', made.id, '--json'])
    const admin = await ask(['users', 'create-admin', '--json'], asPiped(root))

    assert.match(secret, /^gcs_[\w-]{64}$/)
    assert.match(newSecret, /^gcs_[\w-]{64}$/)
    assert.notEqual(newSecret, secret)
    assert.deepEqual([made.name, made.scope, made.is_public], ['App', 'offline_access', false])
    assert.deepEqual([browser.scope, browser.is_public, 'secret' in browser], ['account:read', true, false])
    assert.ok(rotated.secret_rotated_at && disabled.disabled_at)
    assert.deepEqual(await ask(['clients', 'list', '--json']), [disabled, browser])
    assert.equal(admin.role, 'admin')
    assert.deepEqual([admin.email, admin.email_verified, 'password_hash' in admin], [root.email, true, false])
  })

  test(`keys take over by command, and nobody is turned away meanwhile: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell(store.settings)
    await using portal = await openPortal({ settings: { ...store.settings, SECRET_KEY: sharedKey } })
    const keys = (args: string[]) => shell.gatehouse(['keys', ...args], { extra: { SECRET_KEY: sharedKey } })
    const published = async () => (await portal.client.get('/.well-known/jwks.json')).body.keys.length
    assert.equal(await published(), 1)

    const rotated = await keys(['rotate'])
    const again = await keys(['rotate'])
    const listed = await keys(['list', '--json'])

    assert.deepEqual(done(rotated), { code: 0, errors: '' })
    const [, id = ''] =
      /^The key ([\w-]{43}) is published. It signs from 20.* UTC\.\n$/.exec(rotated.output) ?? []
    assert.match(again.output, new RegExp(`^The key ${id} is already waiting. It signs from 20.* UTC\\.\n$`))
    const states = JSON.parse(listed.output).map(({ state }: { state: string }) => state)
    assert.deepEqual(states.toSorted(), ['active', 'next'])
    assert.match((await keys(['list'])).output, new RegExp(`\n${id} +EdDSA +next +20`))

    const [event] = await portal.database.auditEvent.findMany({ where: { action: 'signing_key.rotated' } })
    assert.deepEqual([event?.ip, JSON.parse(event?.details ?? '{}').key], ['command line', id])
    await portal.services.signingKeys.refresh()
    assert.equal(await published(), 2)
  }) // OPS-07

  test(`a key that somebody may know is void at once: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell(store.settings)
    await using portal = await openPortal({ settings: { ...store.settings, SECRET_KEY: sharedKey } })
    const old = (await portal.services.signingKeys.signer()).id

    const extra = { SECRET_KEY: sharedKey }
    const rotated = await shell.gatehouse(['keys', 'rotate', '--now', '--json'], { extra })

    assert.deepEqual(done(rotated), { code: 0, errors: '' })
    assert.equal((await portal.services.signingKeys.signer()).id, JSON.parse(rotated.output).key.id)
    assert.equal(await portal.services.signingKeys.find(old), null)
  }) // OPS-07

  test(`an administrator made by a pipe signs in on the page, and nobody was there before: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell(store.settings)
    await using portal = await openPortal({ settings: store.settings })
    assert.equal(await portal.database.user.count(), 0)

    const made = await shell.gatehouse(['users', 'create-admin'], {
      piped: ` ROOT@example.com\r\n${root.password}`,
    })

    assert.deepEqual(made, {
      code: 0,
      output: 'root@example.com is now an administrator and can sign in.\n',
      errors: '',
    })
    const answer = await portal.visitor.submit('/login', { login: root.email, password: root.password })
    assert.equal(answer.headers.location, '/account')
    const me = await portal.client.get('/auth/me', portal.visitor.sessionSecret() ?? '')
    assert.deepEqual([me.body.user.role, me.body.user.email_verified], ['admin', true])

    const [event] = await portal.database.auditEvent.findMany({ where: { action: 'user.created' } })
    assert.deepEqual(
      [event?.subjectId, event?.ip, event?.details],
      [me.body.user.id, 'command line', '{"role":"admin"}'],
    )
    const kept = JSON.stringify([await portal.database.user.findMany(), event, portal.lines])
    assert.ok(!kept.includes(root.password))
  }) // AUT-14, REG-07

  test(`an address that has an account is left as it is, also when two are made at once: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell(store.settings)
    await using portal = await openPortal({
      settings: store.settings,
      people: [{ ...root, email: 'ada@example.com' }],
    })
    const make = (person: typeof root) =>
      shell.gatehouse(['users', 'create-admin'], { piped: asPiped(person) })

    const taken = await make({ email: 'ada@example.com', password: 'copper lantern orbit' })
    const both = await Promise.all([make(root), make(root)])

    const sentence = (email: string) => `${email} already has an account. Nothing was changed.\n`
    assert.deepEqual(taken, { code: 1, output: '', errors: sentence('ada@example.com') })
    assert.deepEqual(both.map(({ code }) => code).toSorted(), [0, 1])
    assert.equal(both.find(({ code }) => code === 1)?.errors, sentence(root.email))
    assert.equal((await portal.services.repositories.users.findByEmail('ada@example.com'))?.role, 'user')
    assert.equal(await portal.database.auditEvent.count({ where: { action: 'user.created' } }), 1)
  })
}

test('where a shared secret signs, there are no keys to rotate', async () => {
  await using shell = await openShell({ JWT_ALGORITHM: 'HS256', JWT_SECRET_KEY: 's'.repeat(40) })

  const rotated = await shell.gatehouse(['keys', 'rotate'])

  assert.deepEqual([rotated.code, rotated.output], [1, ''])
  assert.equal(rotated.errors, 'Tokens are signed with JWT_SECRET_KEY. Change that setting instead.\n')
  assert.equal((await shell.gatehouse(['keys', 'list', '--json'])).output, '[]\n')
})

test('the first person to register on the web is no administrator, whatever they ask for', async () => {
  await using portal = await openPortal({ settings: { REGISTRATION: 'open' } })

  const answer = await portal.client.post('/auth/register', { ...root, role: 'admin', is_admin: true })

  assert.equal(answer.status, 201)
  assert.equal(answer.body.user.role, 'user')
}) // REG-11

const mistakes: [line: string[], sentence: RegExp][] = [
  [['clients', 'create', 'Billing', '--foo'], /^Unknown option '--foo'/],
  [['clients', 'list', '--scope', 'users:read'], /^Unknown option '--scope'/],
  [['client', 'list'], /^Unknown command 'client' \(Did you mean clients\?\)/],
  [['clients', 'lst'], /^Unknown command 'lst'/],
  [['clients', 'create'], /^Missing required argument 'name'/],
  [['clients', 'create', ''], /Enter a name\.$/],
  [['clients', 'create', 'two\nlines'], /That name has a character we can’t use\.$/],
  [['clients', 'create', 'Billing', '--scope'], /^Option '--scope <scope>' argument missing/],
  [['clients', 'create', 'Billing', '--scope', 'everything'], /Choose from account:read, /],
  [['clients', 'disable'], /^Missing required argument 'id'/],
  [
    ['clients', 'rotate-secret', '--json'],
    /^\{"code":"wrong_usage","detail":"Missing required argument 'id'"\}$/,
  ],
  [['users', 'create-admin'], /^Nothing was piped in\./],
  [['users', 'create-admin', root.email, root.password], /^Too many arguments for 'create-admin'/],
  [['users', 'create-admin', `--password=${root.password}`], /^Unknown option '--password'/],
]

for (const [line, sentence] of mistakes) {
  test(`a mistake is reported in one line, and nothing is begun: gatehouse ${line.join(' ')}`, async () => {
    await using shell = await openShell()

    const { code, output, errors } = await shell.gatehouse(line)

    assert.deepEqual([code, output], [2, ''])
    assert.match(errors, /^[^\n]+\n$/)
    assert.match(errors.trimEnd(), sentence)
    assert.ok(!errors.includes(root.password))
    assert.deepEqual(await readdir(shell.folder), [])
  }) // bad input 46
}

test('a line that is piped in and cannot be used is said in one line, and nothing is begun', async () => {
  await using shell = await openShell()
  const pipe = (piped: string) => shell.gatehouse(['users', 'create-admin'], { piped })

  for (const [piped, errors] of [
    [
      '\n\n',
      'Nothing was piped in. Put the email address on the first line and the password on the second.\n',
    ],
    [`${root.email}\n`, 'Enter your password.\n'],
    [`not-an-address\n${root.password}\n`, 'Enter one email address, like name@example.com.\n'],
    [`a@example.com, b@example.com\n${root.password}\n`, 'Enter one email address, like name@example.com.\n'],
  ] as const)
    assert.deepEqual(await pipe(piped), { code: 2, output: '', errors })
  assert.deepEqual(await readdir(shell.folder), [])
}) // bad input 46

test('a pipe that stays open is not waited for', async () => {
  await using shell = await openShell()
  const command = shell.start(process.execPath, [cliFile, 'users', 'create-admin'])

  command.type(asPiped(root))

  assert.equal((await command.ended).code, 0)
})

test('a password is taken from nowhere but the terminal or the pipe', async () => {
  await using shell = await openShell()
  const extra = { EMAIL: root.email, PASSWORD: root.password, GATEHOUSE_PASSWORD: root.password }

  assert.equal((await shell.gatehouse(['users', 'create-admin'], { extra })).code, 2)
}) // AUT-14

test('a refusal is reported in one line: an id that nobody has, a password that is too easy', async () => {
  await using shell = await openShell()
  const noSuchClient = 'No client has this id. Run "gatehouse clients list" to see them all.\n'
  const tooCommon = 'This password is on lists that attackers try first. Choose another one.\n'
  const cannot = async (args: string[], piped = '') => {
    const { code, output, errors } = await shell.gatehouse(args, { piped })
    assert.deepEqual([code, output], [1, ''])
    return errors
  }

  assert.equal(await cannot(['clients', 'disable', unknownId]), noSuchClient)
  assert.equal(await cannot(['clients', 'rotate-secret', 'Robert"); DROP TABLE']), noSuchClient)
  assert.deepEqual(JSON.parse(await cannot(['clients', 'disable', unknownId, '--json'])), {
    code: 'not_found',
    detail: noSuchClient.trimEnd(),
  })
  assert.equal(await cannot(['users', 'create-admin'], `${root.email}\npassword\n`), tooCommon)
  const { output } = await shell.gatehouse(['clients', 'create', 'App', '--public', '--json'])
  assert.equal(
    await cannot(['clients', 'rotate-secret', JSON.parse(output).id]),
    '"App" is a public client, so it has no secret.\n',
  )
}) // bad input 46

test('a database that is away is reported in one line, without its password', async () => {
  const port = await findFreePort()
  await using shell = await openShell({
    DATABASE_URL: `postgresql://portal:hunter2@127.0.0.1:${port}/gatehouse`,
  })

  assert.deepEqual(await shell.gatehouse(['clients', 'list', '--json']), {
    code: 1,
    output: '',
    errors: `{"code":"cannot_start","detail":"The database cannot be used: connect ECONNREFUSED 127.0.0.1:${port}"}\n`,
  })
}) // bad input 46

test('a database that goes away midway leaves nothing half done', async () => {
  await using database = await openCuttableDatabase()
  await using shell = await openShell(database.settings)
  assert.equal((await shell.gatehouse(['clients', 'list'])).code, 0)

  const cut = database.cutOff.cutBeforeAnswerTo(/INSERT INTO .*audit_events/)
  const failed = await shell.gatehouse(['clients', 'create', 'Billing'])
  await cut

  const errors = 'The database is not answering. Check whether it was done before you try again.\n'
  assert.deepEqual(failed, { code: 1, output: '', errors })
  assert.equal((await shell.gatehouse(['clients', 'list', '--json'])).output, '[]\n')
}) // bad input 46

test('a database that falls silent is not waited for, and the log is shown when asked for', async () => {
  await using database = await openCuttableDatabase()
  await using shell = await openShell(database.settings)
  assert.equal((await shell.gatehouse(['clients', 'list'])).code, 0)

  const isAsked = database.cutOff.holdFrom(/FROM .*api_clients/)
  const listing = shell.gatehouse(['clients', 'list', '--verbose'])
  await isAsked
  database.cutOff.blackHole()
  const { code, output, errors } = await listing

  assert.deepEqual([code, output], [1, ''])
  const [logged = '', sentence, ...more] = errors.trimEnd().split('\n')
  assert.match(JSON.parse(logged).err.cause.stack, /at /)
  assert.match(sentence ?? '', /^The database is not answering\./)
  assert.deepEqual(more, [])
})

test('a database that falls silent when all is done does not keep the command from ending', async () => {
  await using database = await openCuttableDatabase()
  await using shell = await openShell(database.settings)
  assert.equal((await shell.gatehouse(['clients', 'list'])).code, 0)

  const isAsked = database.cutOff.holdFrom(/FROM .*api_clients/)
  const listing = shell.gatehouse(['clients', 'list', '--json'])
  await isAsked
  database.cutOff.release()
  await database.cutOff.holdFrom(sqlGoodbye)
  database.cutOff.blackHole()

  assert.deepEqual(await listing, { code: 0, output: '[]\n', errors: '' })
})

test('without Redis everything can be done that does not need it', async () => {
  await using shell = await openShell({ REDIS_URL: `redis://127.0.0.1:${await findFreePort()}` })

  const outcome = await shell.gatehouse(['clients', 'list', '--json'])

  assert.deepEqual(outcome, { code: 0, output: '[]\n', errors: '' })
})

test('settings are those of the portal: the environment and .env, and each wrong one is named', async () => {
  await using shell = await openShell()
  await writeFile(join(shell.folder, '.env'), 'DATA_DIR=./elsewhere\nSESSION_IDLE=soon\n')

  const wrong = await shell.gatehouse(['clients', 'list'], { extra: { PORT: 'many' } })
  assert.deepEqual([wrong.code, wrong.output], [1, ''])
  assert.deepEqual(wrong.errors.trimEnd().split('\n').toSorted(), [
    'PORT: must be a whole number',
    'SESSION_IDLE: write a number and a unit, like 90s, 15m, 24h or 7d',
  ])

  assert.equal((await shell.gatehouse(['clients', 'list'], { extra: { SESSION_IDLE: '7d' } })).code, 0)
  assert.deepEqual((await readdir(join(shell.folder, 'elsewhere'))).toSorted(), [
    'compile-cache',
    'gatehouse.db',
    'secret-key',
  ])
})

test('files that a command makes are readable by their owner only', async () => {
  await using shell = await openShell({ DATABASE_URL: 'file:./portal.db' })

  await shell.gatehouse(['clients', 'create', 'Billing'])

  for (const file of ['portal.db', 'data/secret-key'])
    assert.equal((await stat(join(shell.folder, file))).mode & 0o777, 0o600, file)
}) // AUT-14

test('an answer that nobody received is not called a success', async () => {
  await using shell = await openShell()

  const command = shell.start(process.execPath, [cliFile, 'clients', 'create', 'Billing'])
  command.hangUp()

  const { code, errors } = await command.ended
  assert.equal(code, 1)
  assert.match(errors, /^Something went wrong: the answer could not be written\.[^\n]*\n$/)
})

test('help and the version need no settings, and go to standard output', async () => {
  await using shell = await openShell({ PORT: 'many' })

  for (const args of [['--help'], ['help'], ['clients', '--help'], ['clients', 'create', '-h']]) {
    const { code, output, errors } = await shell.gatehouse(args)
    assert.deepEqual([code, errors], [0, ''])
    assert.match(output, /^Usage: gatehouse [\s\S]*--json +print the answer, or the error, as JSON/)
  }
  assert.deepEqual(await shell.gatehouse(['--version']), {
    code: 0,
    output: `${packageJson.version}\n`,
    errors: '',
  })
  const unsure = await shell.gatehouse(['clients'])
  assert.deepEqual([unsure.code, unsure.output], [2, ''])
  assert.match(unsure.errors, /^Usage: gatehouse clients [\s\S]*rotate-secret/)
})

test('gatehouse is started by its npm script and by its own name', async () => {
  await using shell = await openShell()
  const clone = dirname(dirname(cliFile))
  const bin = join(clone, packageJson.bin.gatehouse)
  await access(bin, constants.X_OK)
  await symlink(bin, join(shell.folder, 'gatehouse'))

  const named = await shell.start(join(shell.folder, 'gatehouse'), ['--version']).ended
  const script = await shell.start('npm', ['run', '-s', 'gatehouse', '--', 'clients', 'lst'], { cwd: clone })
    .ended

  assert.deepEqual([named.code, named.output], [0, `${packageJson.version}\n`])
  assert.equal(script.code, 2)
  assert.match(script.errors, /Unknown command 'lst'/)
})

const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false
const atTerminal = { skip: hasScript ? false : 'script (util-linux) is not installed' }
const enter = '\r'
/** Ctrl+T: where a password may be looked at, it shows what was typed. */
const showKey = '\x14'

test(
  'the password is asked for at a terminal and never shown, nor is the answer mixed with questions',
  atTerminal,
  async () => {
    await using shell = await openShell()
    const password = `vivid otter ${randomUUID()}`
    const terminal = openTerminal(shell, 'users create-admin --json >answer.json')

    await terminal.untilSaid(/Email address/)
    terminal.type(`nonsense${enter}`)
    await terminal.untilSaid(/Enter one email address/)
    terminal.type(`${erase('nonsense')}${root.email}${enter}`)
    await terminal.untilSaid(/Password/)
    terminal.type(`password${enter}`)
    await terminal.untilSaid(/on lists that attackers try first/)
    terminal.type(`${erase('password')}${showKey}${password}${enter}`)
    await terminal.untilSaid(/Password again/)
    const running = await readCommandLines()
    terminal.type(`something else${enter}`)
    await terminal.untilSaid(/That does not match/)
    terminal.type(`${erase('something else')}${showKey}${password}${enter}`)

    const { code, output } = await terminal.ended
    assert.equal(code, 0)
    for (const typed of [password, 'something else'])
      assert.ok(!stripVTControlCharacters(output).includes(typed))
    assert.ok(running.includes('create-admin') && !running.includes(password))
    assert.equal(JSON.parse(await readFile(join(shell.folder, 'answer.json'), 'utf8')).role, 'admin')

    const settings = { DATABASE_URL: `file:${shell.folder}/data/gatehouse.db` }
    await using portal = await openPortal({ settings })
    await portal.visitor.submit('/login', { login: root.email, password })
    assert.ok(portal.visitor.sessionSecret())
  },
) // AUT-14

test('Ctrl+C at a question does nothing, and says so', atTerminal, async () => {
  await using shell = await openShell()
  const terminal = openTerminal(shell, 'users create-admin')

  await terminal.untilSaid(/Email address/)
  terminal.type('\x03')

  const { code, output } = await terminal.ended
  assert.equal(code, 1)
  assert.match(stripVTControlCharacters(output), /Nothing was done\.\r?\n$/)
})

/** Somebody at a keyboard. */
function openTerminal({ folder, start }: Shell, line: string) {
  const command = `${process.execPath} ${cliFile} ${line}`
  return start('script', ['--quiet', '--return', '--command', command, join(folder, 'typescript')])
}

function erase(typed: string): string {
  return '\b'.repeat(typed.length)
}

/** Of every process on this machine, as anybody on it can read them. */
async function readCommandLines(): Promise<string> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = processes.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''))
  return (await Promise.all(lines)).join('\n')
}

function done({ code, errors }: Outcome) {
  return { code, errors }
}
