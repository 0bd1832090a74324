import assert from 'node:assert/strict'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDatabaseCheck } from '../../src/features/doctor/neighbour-checks.ts'
import { openShell, type Shell } from '../support/command-line.ts'
import { findFreePort } from '../support/free-port.ts'
import { openMailServer } from '../support/mail-server.ts'
import { signInAs } from '../support/office.ts'
import { disposable } from '../support/outbox.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal } from '../support/portal.ts'
import { stores } from '../support/stores.ts'
import { behindProxy } from '../support/strangers.ts'
import { findsRedis, visit } from '../support/workers.ts'

const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'
const [, sqliteAndRedis, postgresAndRedis] = stores as [unknown, (typeof stores)[0], (typeof stores)[0]]

test('the doctor finds nothing wrong with a portal that is well, and says what it looked at', async () => {
  await using store = await postgresAndRedis.open()
  await using mailServer = await openMailServer().then(disposable)
  const settings = { ...store.settings, ...behindProxy, SECRET_KEY }
  await using portal = await openPortal({ people: [ada], settings })
  await findsRedis(portal)
  assert.equal(await visit(portal, await signInAs(portal, ada)), 'welcome')
  await using shell = await openShell({ ...settings, SMTP_URL: mailServer.url })

  const { code, findings } = await examine(shell)

  assert.equal(code, 0)
  assert.deepEqual(
    findings.filter(({ level }) => level !== 'ok'),
    [],
  )
  assert.deepEqual(
    findings.map(({ about }) => about),
    'settings files disk database clocks Redis clocks email Google proxy keys emails copies'.split(' '),
  )
  assert.match(say(findings, 'clocks'), /^that of the database is \d+ ms (behind|ahead of) this machine’s\./)
  assert.match(say(findings, 'copies'), /copies of 1 sessions, all of them live/)
})

test('the doctor names everything that is wrong, says how to mend it, and mends what needs no decision', async () => {
  await using store = await sqliteAndRedis.open()
  const settings = { ...store.settings, ...behindProxy, SECRET_KEY }
  await using portal = await openPortal({ people: [ada, grace], settings })
  await findsRedis(portal)
  const [dead, lives] = [await signInAs(portal, ada), await signInAs(portal, grace)]
  for (const secret of [dead, lives]) assert.equal(await visit(portal, secret), 'welcome')
  // As after a database was restored by other means.
  await portal.database.session.updateMany({
    where: { user: { email: ada.email } },
    data: { revokedAt: new Date(), revokeReason: 'signed-out' },
  })
  await portal.database.outgoingMail.updateMany({ data: { failedAt: new Date() } })
  const nobody = await findFreePort()
  await using shell = await openShell({
    ...store.settings,
    NODE_ENV: 'production',
    SECRET_KEY: 'another-key-that-knows-nothing-of-the-first-one',
    BASE_URL: 'https://login.example.com',
    EMAIL_FROM: 'portal@example.com',
    SMTP_URL: `smtp://127.0.0.1:${nobody}`,
    GOOGLE_CLIENT_ID: 'id',
    GOOGLE_CLIENT_SECRET: 'secret',
    GOOGLE_ISSUER: `http://127.0.0.1:${nobody}`,
  })
  await shell.gatehouse(['clients', 'list'])
  const open = join(shell.folder, 'data', 'notes.txt')
  await writeFile(open, '')
  await chmod(open, 0o644)

  const before = await examine(shell)
  const after = await examine(shell, '--fix')

  assert.equal(before.code, 1)
  const levels = Object.fromEntries(before.findings.map(({ about, level }) => [about, level]))
  assert.deepEqual(levels, {
    ...levels,
    files: 'problem',
    email: 'problem',
    Google: 'problem',
    proxy: 'warning',
    keys: 'problem',
    copies: 'warning',
  })
  assert.ok(before.findings.every(({ level, mend }) => level === 'ok' || mend))
  assert.match(say(before.findings, 'files'), /notes\.txt/)
  assert.match(say(before.findings, 'email'), /ECONNREFUSED/)
  assert.match(say(before.findings, 'keys'), /^1 of 1 signing keys cannot be opened/)
  assert.match(say(before.findings, 'copies'), /^1 of 2 copies in Redis are of sessions that have ended/)
  assert.equal((await stat(open)).mode & 0o777, 0o600)
  assert.match(say(after.findings, 'files'), /^closed to others: .*notes\.txt/)
  assert.match(say(after.findings, 'copies'), /1 of sessions that have ended were dropped/)
  assert.equal(await visit(portal, dead), '401 session_ended')
  assert.equal(await visit(portal, lives), 'welcome')
})

test('neighbours that are away and settings that are wrong are findings, each in a line', async () => {
  const nobody = await findFreePort()
  await using shell = await openShell({
    DATABASE_URL: `postgresql://portal:hunter2@127.0.0.1:${nobody}/gatehouse`,
    REDIS_URL: `redis://:hunter2@127.0.0.1:${nobody}`,
    SECRET_KEY,
  })

  const away = await shell.gatehouse(['doctor'])
  const wrong = await shell.gatehouse(['doctor'], { extra: { PORT: 'many', SESSION_IDLE: 'soon' } })

  assert.deepEqual([away.code, away.errors, wrong.code, wrong.errors], [1, '', 1, ''])
  assert.match(
    away.output,
    /^problem database: it cannot be used: connect ECONNREFUSED .* Check DATABASE_URL/m,
  )
  assert.match(
    away.output,
    /^problem Redis: it does not answer: no connection within two seconds\. Check REDIS_URL/m,
  )
  assert.ok(!away.output.includes('hunter2'))
  assert.deepEqual(wrong.output.trimEnd().split('\n').sort(), [
    'problem settings: PORT: must be a whole number. See docs/settings.md.',
    'problem settings: SESSION_IDLE: write a number and a unit, like 90s, 15m, 24h or 7d. See docs/settings.md.',
  ])
}) // OPS-05

test('a clock that is more than two seconds off is a warning, and says which way', async () => {
  const check = (aheadMs: number) =>
    createDatabaseCheck({ probe: async () => ({ aheadMs }), listPending: async () => [] })({ fixes: false })

  const [, behind] = await check(-2_001)
  const [, ahead] = await check(2_000)

  assert.deepEqual([behind?.level, ahead?.level], ['warning', 'ok'])
  assert.equal(behind?.says, 'that of the database is 2001 ms behind this machine’s.')
})

type Finding = { about: string; level: string; says: string; mend: string | null }

async function examine(
  shell: Shell,
  ...args: string[]
): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, output, errors } = await shell.gatehouse(['doctor', '--json', ...args])
  assert.equal(errors, '')
  return { code, ...JSON.parse(output) }
}

function say(findings: Finding[], about: string): string {
  return findings.find((each) => each.about === about)?.says ?? ''
}
