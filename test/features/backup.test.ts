import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@libsql/client/sqlite3'
import { toFile } from '../../src/platform/migrations.ts'
import { openShell, type Shell } from '../support/command-line.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { openProcess } from '../support/portal-to-kill.ts'
import { createProgram } from '../support/refreshing.ts'
import { forget, newPassword, reset } from '../support/reset.ts'
import { stores } from '../support/stores.ts'

const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'
const bothDatabases = stores.filter(({ name }) => name.includes('and Redis'))

async function signIn(
  { client }: Portal,
  { email, password }: typeof ada | typeof grace = ada,
): Promise<string> {
  return (await client.post('/auth/login', { login: email, password, remember: true })).body.session.id
}

const isIn = async ({ client }: Portal, secret: string) =>
  (await client.get('/auth/me', secret)).status === 200

for (const { name, open } of bothDatabases) {
  test(`a backup that is made while people sign in and out, and restored elsewhere, brings the accounts back and nobody's session: ${name}`, async () => {
    await using store = await open()
    await using elsewhere = await open()
    // The same Redis: it still holds copies of sessions from before.
    const settings = { ...elsewhere.settings, REDIS_URL: store.settings.REDIS_URL ?? '', SECRET_KEY }
    await using shell = await openShell({ ...store.settings, SECRET_KEY })
    const old = await beforeTheBackup(store.settings)
    const file = join(shell.folder, 'night.backup')

    const busy = comeAndGo(old.portal)
    const saved = await shell.gatehouse(['backup', file, '--json'])
    await busy.stop()
    assert.deepEqual([saved.code, saved.errors], [0, ''])
    const { users, signing_keys, bytes } = JSON.parse(saved.output)
    assert.deepEqual([users, signing_keys], [2, 1])
    assert.equal(bytes, (await stat(file)).size)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.deepEqual(
      (await readdir(shell.folder)).filter((each) => each.includes('partial')),
      [],
    )
    assert.ok(await isIn(old.portal, old.stays), 'a backup disturbs nobody')

    await old.portal.client.post('/auth/logout', undefined, old.leaves)
    await reset(old.portal.visitor, old.usedLink)
    const since = await signIn(old.portal, { ...grace, password: newPassword })
    assert.ok(await isIn(old.portal, since))
    await old.portal.close()
    const restored = await shell.gatehouse(['restore', file], { extra: settings })

    assert.deepEqual([restored.code, restored.errors], [0, ''])
    assert.match(
      restored.output,
      /^Restored 2 accounts from the backup of 20.* UTC\. Nobody is signed in\.\n/,
    )
    await using portal = await openPortal({ settings })
    assert.ok(busy.secrets.length > 1)
    for (const secret of [old.stays, old.leaves, old.isOut, since, ...busy.secrets])
      assert.equal(await isIn(portal, secret), false, 'a session came back')
    const refreshed = await portal.client.post('/auth/refresh', { refresh_token: old.refreshToken })
    assert.notEqual(refreshed.status, 200)
    assert.ok(await isIn(portal, await signIn(portal)), 'everybody signs in as before')
    assert.ok(await isIn(portal, await signIn(portal, grace)))

    const again = await reset(portal.visitor, old.usedLink, 'cobalt window thunder')
    assert.match(again.text, /link/i)
    assert.ok(await isIn(portal, await signIn(portal, grace)), 'a link from before changed a password')
    const mails = await portal.database.outgoingMail.findMany()
    assert.ok(mails.length > 0 && mails.every(({ failedAt }) => failedAt !== null))
    const ended = { action: 'session.everybody_ended' }
    assert.equal((await portal.database.auditEvent.findFirst({ where: ended }))?.ip, 'command line')
  }) // B1

  test(`a backup can be made and restored only where nothing is lost by it: ${name}`, async () => {
    await using store = await open()
    await using shell = await openShell({ ...store.settings, SECRET_KEY })
    const secret = await becomeMember(shell, store.settings)
    const cannot = (args: string[], extra = {}) => refusalOf(shell, args, extra)

    const saved = await shell.gatehouse(['backup', shell.folder])
    const [, file = ''] =
      /^Saved 1 account to (.*\/gatehouse-20\d\d-\d\d-\d\dT[\d-]+Z\.(?:db|copy\.gz)) /.exec(saved.output) ??
      []
    assert.match(saved.output, /1 signing key, encrypted with SECRET_KEY\. SECRET_KEY is not in it/)
    assert.match(await cannot(['restore', file]), /^2 Add --yes to replace a database that has 1 account/)
    const otherKey = { SECRET_KEY: 'another-key-that-knows-nothing-of-the-first-one' }
    assert.match(
      await cannot(['restore', file, '--yes'], otherKey),
      /^1 The backup holds 1 signing key encrypted with a SECRET_KEY/,
    )
    const cutOff = join(shell.folder, 'cut-off.backup')
    await writeFile(cutOff, (await readFile(file)).subarray(0, -2_000))
    assert.match(await cannot(['restore', cutOff, '--yes']), /^1 This (is no backup|backup is cut off)/)
    {
      await using portal = await openProcess(store.settings)
      assert.equal((await portal.client.get('/auth/me', secret)).status, 200, 'nothing has changed')
      assert.match(
        await cannot(['restore', file, '--yes']),
        /^1 Something is connected to the database\. Stop the portal/,
      )
      assert.equal((await portal.client.get('/auth/me', secret)).status, 200, 'nothing has changed')
    }
    const restored = await shell.gatehouse(['restore', file, '--yes', '--keys-lost'], { extra: otherKey })
    assert.deepEqual([restored.code, restored.errors], [0, ''])
    await using after = await openPortal({ settings: { ...store.settings, ...otherKey } })
    assert.equal(await isIn(after, secret), false)
    assert.ok(await isIn(after, await signIn(after)))
    assert.equal((await after.client.get('/.well-known/jwks.json')).body.keys.length, 1)
  }) // B1
}

test('a restore that fails on the way changes nothing, and leaves no copy of the database behind', async () => {
  await using store = await (stores[0] as (typeof stores)[0]).open()
  await using shell = await openShell({ ...store.settings, SECRET_KEY })
  const secret = await becomeMember(shell, store.settings)
  const file = join(shell.folder, 'night.db')
  await shell.gatehouse(['backup', file])
  const client = createClient({ url: `file:${file}` })
  await client.execute('DROP TABLE oauth_attempts')
  client.close()

  const { code, output } = await shell.gatehouse(['restore', file, '--yes'])

  assert.deepEqual([code, output], [1, ''])
  const folder = dirname(toFile(store.settings.DATABASE_URL ?? ''))
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes('restoring')),
    [],
  )
  await using after = await openPortal({ settings: { ...store.settings, SECRET_KEY } })
  assert.ok(await isIn(after, secret))
}) // B1

test('a backup goes into a new file, and comes from a file that is one, of the same kind of database', async () => {
  await using shell = await openShell({ SECRET_KEY })
  await using store = await (stores[2] as (typeof stores)[0]).open()
  const cannot = (args: string[], extra = {}) => refusalOf(shell, args, extra)
  await writeFile(join(shell.folder, 'letter'), 'a letter\n')

  assert.match(await cannot(['backup', 'night.db']), /^1 There is nothing to save/)
  assert.equal((await shell.gatehouse(['migrate'])).code, 0)
  assert.equal((await shell.gatehouse(['backup', 'night.db'])).code, 0)
  assert.equal(await cannot(['backup', 'night.db']), '1 night.db already exists. Choose another name.')
  const odd = '100% of #1?.db'
  assert.equal((await shell.gatehouse(['backup', odd])).code, 0, 'any name that a file can have')
  assert.equal((await shell.gatehouse(['restore', odd])).code, 0)
  assert.match(await cannot(['backup', 'no/where']), /^1 The folder of no\/where doesn’t exist/)
  assert.match(await cannot(['restore', 'nowhere']), /^1 This file doesn’t exist/)
  assert.match(await cannot(['restore', 'letter']), /^1 This is no backup/)
  assert.match(
    await cannot(['restore', 'night.db'], store.settings),
    /^1 This is no backup of a database of this kind\./,
  )
})

async function refusalOf(shell: Shell, args: string[], extra: Record<string, string>): Promise<string> {
  const { code, output, errors } = await shell.gatehouse(args, { extra })
  assert.equal(output, '')
  return `${code} ${errors.trimEnd()}`
}

/** Ada is in twice, Grace was in; a program has a refresh token, and a link to a new password waits in a mailbox. */
async function beforeTheBackup(storeSettings: Record<string, string>) {
  const portal = await openPortal({ people: [ada, grace], settings: { ...storeSettings, SECRET_KEY } })
  const [stays, leaves, isOut] = [await signIn(portal), await signIn(portal), await signIn(portal, grace)]
  await portal.client.post('/auth/logout', undefined, isOut)
  const usedLink = await forget(portal, grace.email)
  const { refreshToken } = await createProgram(portal, stays).start()
  return { portal, stays, leaves, isOut, usedLink, refreshToken }
}

/** Signs in to a portal that is killed then: nobody is connected to its database any more. */
async function becomeMember(shell: Shell, settings: Record<string, string>): Promise<string> {
  await shell.gatehouse(['users', 'create-admin'], { piped: `${ada.email}\n${ada.password}\n` })
  await using portal = await openProcess(settings)
  return await portal.signIn()
}

/** Somebody who signs in and out again and again, until stopped. */
function comeAndGo({ services: { sessions, repositories } }: Portal) {
  const secrets: string[] = []
  const origin = { ip: '203.0.113.7', userAgent: 'restless/1', requestId: 'a-request' }
  let isStopped = false
  const running = (async () => {
    const user = await repositories.users.findWithPasswordHash(ada.email)
    while (user && !isStopped) {
      const secret = sessions.makeSecret()
      const begin = sessions.prepare(secret, {
        user,
        method: 'password',
        remember: true,
        browser: 'program',
        origin,
      })
      await sessions.start(secret, begin)
      secrets.push(secret)
      if (secrets.length % 2) await sessions.end(begin.session.id, { reason: 'signed-out', origin })
    }
  })()
  return {
    secrets,
    async stop() {
      isStopped = true
      await running
    },
  }
}
