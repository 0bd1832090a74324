import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { hashSecret } from '../../../src/domain/secret.ts'
import { createUnconfirmedEnds } from '../../../src/domain/session/unconfirmed-ends.ts'
import { openLog } from '../../../src/platform/log.ts'
import { openSpool, type Spool } from '../../../src/platform/spool.ts'
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

test('a sign-out that one worker wrote down is carried out by the others, also when that worker is gone', async () => {
  await using both = await openStoreAndFolder()
  await using shared = await openSignedIn({ ...both.settings, WORKERS: '2' })
  const { secretHash, portal } = shared
  await both.leaveNote('stranger', 'text')

  await both.leaveNote(secretHash, JSON.stringify({ secretHash, ...ending, origin }))

  while ((await portal.database.session.count({ where: { revokedAt: null } })) > 0) await pause(20)
  while ((await both.notes()).length > 1) await pause(20)
  assert.equal(portal.lines.filter((line) => line.includes('is left alone')).length, 1)
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

test('what was half written down when a process was killed is thrown away, once nobody can be writing it', async () => {
  await using both = await openStoreAndFolder()
  await both.leaveNote('old.draft', '{"secretHash":')
  await both.leaveNote('new.draft', '{"secretHash":')
  await utimes(join(both.settings.DATA_DIR, 'unconfirmed-sign-outs', 'old.draft'), 0, 0)

  await using portal = await openPortal({ settings: both.settings })

  assert.deepEqual(await both.notes(), ['new.draft'])
  assert.ok(!portal.lines.some((line) => line.includes('is left alone')))
})

test('a sign-out that comes just when the last one was finished is finished as well', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const ends = openEnds({ whenRemoved: () => void comeLater(turns) })
    const comeLater = async (left: number): Promise<void> => {
      if (ends.recorded.length > 1) return
      if (left > 0) return Promise.resolve().then(() => comeLater(left - 1))
      ends.add('b')
    }
    ends.add('a')
    await ends.passSeconds(3)
    assert.deepEqual(ends.recorded, ['a', 'b'], `after ${turns} turns`)
    ends.close()
  }
})

test('a sign-out that the database will not take is tried ever more rarely, said once, and holds up no other', async () => {
  const ends = openEnds({ isRefused: (name) => name === 'a' })
  ends.add('a')
  await ends.passSeconds(3600)
  ends.add('b')
  await ends.passSeconds(2)
  ends.close()

  assert.deepEqual(ends.recorded, ['b'])
  assert.ok(ends.tries() > 5 && ends.tries() < 25, `${ends.tries()}`)
  assert.equal(ends.lines.filter((line) => line.includes('could not be written to the database')).length, 1)
})

test('what other workers write down is read once, also after a moment in which it could not be read', async () => {
  const looks: string[][] = []
  const ends = openEnds({
    isRefused: (name) => name === 'a',
    list(isWanted = () => true) {
      if (looks.push([]) === 2) throw new Error('too many open files')
      const there = looks.length === 1 ? [] : ['a', 'b'].filter((name) => !ends.recorded.includes(name))
      const names = there.map((name) => name.repeat(64)).filter(isWanted)
      looks.at(-1)?.push(...names)
      return names.map((name) => ({ name, note: { secretHash: name, ...ending, origin } }))
    },
  })
  await ends.passSeconds(10)
  ends.close()

  assert.deepEqual(ends.recorded, ['b'])
  assert.equal(looks.flat().filter((name) => name.startsWith('a')).length, 1)
  assert.equal(ends.lines.filter((line) => line.includes('of other workers cannot be read')).length, 1)
})

test('a note that another worker finishes while it is being read is no error', async () => {
  await using both = await openStoreAndFolder()
  const folder = join(both.settings.DATA_DIR ?? '', 'unconfirmed-sign-outs')
  await mkdir(folder, { recursive: true })
  await symlink('gone', join(folder, OTHER_HASH))

  assert.deepEqual(openSpool(folder).list(), [])
})

/** Sign-outs that wait, with a database and a clock that do what a test says. Each is named by a letter. */
function openEnds({
  isRefused = (_name: string) => false,
  whenRemoved = () => {},
  list,
}: {
  isRefused?(name: string): boolean
  whenRemoved?(): void
  list?: Spool['list']
}) {
  const recorded: string[] = []
  const lines: string[] = []
  let nowMs = 0
  let tries = 0
  const clock = {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    async wait(ms: number) {
      const untilMs = nowMs + ms
      while (nowMs < untilMs) await nextTurn()
    },
  }
  const ends = createUnconfirmedEnds({
    async recordEnd({ secretHash }) {
      tries++
      const name = secretHash.charAt(0)
      if (isRefused(name)) throw new Error('the database will not take it')
      recorded.push(name)
      return []
    },
    tombstones: { bury: async () => {}, buryNow: async () => true, countUnconfirmed: () => 0, close() {} },
    spool: { add() {}, remove: whenRemoved, list: list ?? (() => []) },
    isSpoolShared: list !== undefined,
    clock,
    log: openLog('warn', new Writable({ write: (line, _, done) => done(void lines.push(String(line))) })),
  })
  return {
    ...ends,
    recorded,
    lines,
    tries: () => tries,
    add: (name: string) =>
      ends.add({
        secretHash: name.repeat(64),
        reason: 'signed-out',
        at: new Date(0),
        expiresAt: new Date(0),
        origin,
      }),
    async passSeconds(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        await nextTurn()
        await nextTurn()
        nowMs += 1000
      }
      await nextTurn()
    },
  }
}

async function openSignedIn(settings: Record<string, string>) {
  const portal: Portal = await openPortal({ people: [ada], settings })
  const { visitor } = portal
  await visitor.submit('/login', credentials)
  return {
    portal,
    visitor,
    secretHash: hashSecret(String(visitor.sessionSecret())),
    [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose](),
  }
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
