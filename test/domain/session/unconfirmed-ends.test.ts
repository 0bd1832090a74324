import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { hashSecret } from '../../../src/domain/secret.ts'
import { ada } from '../../support/people.ts'
import { openPortal, type Portal } from '../../support/portal.ts'
import { stores } from '../../support/stores.ts'
import { openWorkers, signOut, visit } from '../../support/workers.ts'

const OTHER_HASH = 'a'.repeat(64)
const credentials = { login: ada.email, password: ada.password }
const origin = { ip: '127.0.0.1', userAgent: 'a browser', requestId: '1' }
const ending = { reason: 'signed-out', at: '2026-11-21T12:00:00.000Z', expiresAt: '2099-01-01T00:00:00.000Z' }

test('a portal starts whatever files lie among the sign-outs, names those that are none, and ends no other session', async () => {
  await using both = await openStoreAndFolder()
  const { visitor, secretHash, portal } = await openSignedIn(both.settings)
  await portal.close({ patienceMs: 0 })
  const strangers = {
    null: null,
    'empty.json': {},
    text: 'text',
    list: [{ secretHash, ...ending, origin }],
    'other-name': { secretHash, ...ending, origin },
    [OTHER_HASH]: { secretHash: { not: '' }, ...ending, origin },
    [hashSecret('no origin')]: { secretHash: hashSecret('no origin'), ...ending },
    [hashSecret('no time')]: { secretHash: hashSecret('no time'), ...ending, at: 'yesterday', origin },
  }
  for (const [name, note] of Object.entries(strangers)) await both.leaveNote(name, JSON.stringify(note))
  await both.leaveNote(hashSecret('half'), '{"secretHash":')

  await using again = await openPortal({ settings: both.settings })

  assert.equal(again.lines.filter((line) => line.includes('is left alone')).length, 9)
  for (const name of Object.keys(strangers))
    assert.match(again.lines.join(''), new RegExp(`"note":"${name}"`))
  assert.equal(await again.database.session.count({ where: { revokedAt: null } }), 1)
  const answer = await again.client.get('/auth/me', String(visitor.sessionSecret()))
  assert.equal(answer.status, 200)
})

test('a sign-out that was written down by another version, for a reason unknown here, is carried out', async () => {
  await using both = await openStoreAndFolder()
  const { secretHash, portal } = await openSignedIn(both.settings)
  await portal.close({ patienceMs: 0 })
  const note = { secretHash, ...ending, reason: 'swallowed-by-a-whale', origin, colour: 'blue' }
  await both.leaveNote(secretHash, JSON.stringify(note))

  await using again = await openPortal({ settings: both.settings })

  while ((await again.database.session.count({ where: { revokedAt: null } })) > 0) await pause(20)
  while ((await both.notes()).length > 0) await pause(20)
})

test('a portal that cannot delete a note of a sign-out says so and goes on', async () => {
  await using workers = await openWorkers()
  const { one } = workers
  const secret = await workers.signInAndVisit()
  const other = await workers.signIn()
  one.sqlLine.refuse()
  assert.equal((await signOut(one, secret)).status, 503)
  const note = join(one.dataDir, 'unconfirmed-sign-outs', hashSecret(secret))
  await rm(note)
  await mkdir(join(note, 'not-to-be-deleted'), { recursive: true })

  one.sqlLine.pass()
  const saysWhatBecameOfIt = (line: string) => /could not be (deleted|finished)/.test(line)
  while (!one.lines.some(saysWhatBecameOfIt)) await pause(20)

  assert.match(one.lines.find(saysWhatBecameOfIt) ?? '', /could not be deleted from the disk/)
  assert.equal(await visit(one, secret), '401 session_ended')
  assert.equal((await signOut(one, other)).status, 204)
})

async function openSignedIn(settings: Record<string, string>) {
  const portal: Portal = await openPortal({ people: [ada], settings })
  const { visitor } = portal
  await visitor.submit('/login', credentials)
  return { portal, visitor, secretHash: hashSecret(String(visitor.sessionSecret())) }
}

/** For portals that come one after the other. */
async function openStoreAndFolder() {
  const store = await (stores[0] as (typeof stores)[number]).open()
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-notes-'))
  const notes = join(folder, 'unconfirmed-sign-outs')
  await mkdir(notes)
  const port = { BASE_URL: 'http://localhost:4321' }
  return {
    settings: { ...store.settings, ...port, DATA_DIR: folder },
    leaveNote: (name: string, text: string) => writeFile(join(notes, name), text),
    notes: () => readdir(notes),
    async [Symbol.asyncDispose]() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
