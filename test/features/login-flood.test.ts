import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countHashes } from '../support/counted-hashes.ts'
import { ada, grace } from '../support/people.ts'
import { openPortal, type Portal } from '../support/portal.ts'
import { guess, signIn } from '../support/sign-in.ts'
import { type Store, stores } from '../support/stores.ts'
import { behindProxy, nextAddress, openStranger } from '../support/strangers.ts'

const colleagues = Array.from({ length: 13 }, (_, number) => ({
  email: `colleague${number}@example.com`,
  password: ada.password,
}))
const [sqliteAlone, redisBesideSqlite] = stores as [Store, Store]

for (const { name, open } of [sqliteAlone, redisBesideSqlite]) {
  test(`known browsers at one address have a ceiling, and success does not lift it: ${name}`, async () => {
    // LOG-05
    await using store = await open()
    await using portal = await openPortal({
      people: colleagues,
      settings: { ...behindProxy, ...store.settings },
    })
    const browsers = []
    for (const colleague of colleagues) browsers.push(await openKnownBrowser(portal, colleague))
    const office = nextAddress()
    assert.equal((await browsers[0]?.signIn(office))?.status, 200)

    const statuses = []
    for (let round = 0; round < 5; round++) {
      // Too long to be anybody's password, so that nothing is hashed.
      const guesses = browsers.map((browser) => browser.signIn(office, 'x'.repeat(999)))
      statuses.push(...(await Promise.all(guesses)).map(({ status }) => status))
    }

    assert.equal(statuses.filter((status) => status === 401).length, 59)
    assert.equal(statuses.filter((status) => status === 429).length, 6)
    assert.equal((await browsers[0]?.signIn(office))?.status, 429)
  })

  test(`guesses count for the account, whatever name is typed, and nothing tells: ${name}`, async () => {
    // LOG-03, LOG-01
    await using store = await open()
    await using portal = await openPortal({ people: [ada], settings: { ...behindProxy, ...store.settings } })
    const known = await openKnownBrowser(portal, ada)
    const hashes = countHashes(portal)
    const names = [ada.username, ada.email]
    const nobodys = ['nobody', 'nobody@example.com']

    const answers = []
    for (const logins of [names, nobodys])
      for (let round = 0; round < 3; round++)
        for (const login of logins) answers.push(await guess(portal, login))
    assert.ok(answers.every(({ status }) => status === 401))

    for (const login of [...names, ...nobodys]) {
      const right = await guess(portal, login, ada.password)
      assert.deepEqual([right.status, right.body.code], [401, 'authentication_failed'], login)
    }
    assert.equal(hashes.take().verified, 16)
    assert.equal((await known.signIn(nextAddress())).status, 200)
  })
}

test('in the browser I use, too, guesses by both my names count together', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const browser = openStranger(portal)
  await signIn(browser, 'ada')
  await browser.submit('/logout')

  for (const login of ['ada', ada.email, 'ada', ada.email, 'ada'])
    assert.equal((await signIn(browser, login, 'not this one')).status, 422)
  assert.equal((await signIn(browser, ada.email)).status, 422)
})

test('all browsers that are known have twenty wrong guesses at an account together', async () => {
  await using portal = await openPortal({ people: [ada, grace], settings: behindProxy })
  const browsers = []
  for (let count = 0; count < 6; count++) browsers.push(await openKnownBrowser(portal, ada))
  const other = await openKnownBrowser(portal, grace)
  for (const browser of browsers) assert.equal((await browser.signIn(nextAddress())).status, 200)

  const statuses = []
  // Beyond its own five a browser uses up nothing of the others'.
  for (const browser of browsers.slice(0, 5))
    for (let round = 0; round < 7; round++)
      statuses.push((await browser.signIn(nextAddress(), 'x'.repeat(999))).status)

  assert.equal(statuses.filter((status) => status === 401).length, 20)
  assert.equal((await browsers[5]?.signIn(nextAddress()))?.status, 429)
  assert.equal((await other.signIn(nextAddress())).status, 200)
})

test('one person’s flood does not keep anybody else out', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const crowd = fillQueue(portal, () => ({ ip: '192.0.2.1', account: 'eve' }))

  const answers = await Promise.all(Array.from({ length: 4 }, () => send(portal)))
  await crowd.leave()

  assert.deepEqual(
    answers.map(({ status }) => status),
    Array(4).fill(200),
  )
})

test('a flood at my account from everywhere does not keep me out of the browser I use', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const known = await openKnownBrowser(portal, ada)
  const crowd = fillQueue(portal, () => ({ ip: nextAddress(), account: ada.email }))

  const stranger = await send(portal)
  const owner = await known.signIn(nextAddress())
  await crowd.leave()

  assert.deepEqual([stranger.status, owner.status], [503, 200])
})

test('somebody told to wait because many sign in at once has lost no attempt', async () => {
  await using portal = await openPortal({ people: [ada], settings: behindProxy })
  const crowd = fillQueue(portal, () => ({ ip: nextAddress(), account: nextAddress() }))
  const early = []
  for (let round = 0; round < 6; round++) early.push(await send(portal))
  await crowd.leave()

  assert.deepEqual(
    early.map(({ status }) => status),
    Array(6).fill(503),
  )
  assert.equal((await send(portal)).status, 200)
})

const send = (portal: Portal) =>
  openStranger(portal).post('/auth/login', { login: ada.email, password: ada.password })

/** Signed in once, and so known; asks from wherever it is carried. */
async function openKnownBrowser(portal: Portal, { email, password }: { email: string; password: string }) {
  const browser = openStranger(portal)
  await browser.post('/auth/login', { login: email, password })
  return {
    signIn: (address: string, typed = password) =>
      browser.post('/auth/login', { login: email, password: typed }, { 'x-forwarded-for': address }),
  }
}

type Asker = { ip: string; account: string }

/** More than there is room for hash at once, each one again and again, until they leave. */
function fillQueue({ world: { hasher } }: Portal, nextAsker: () => Asker) {
  let isLeaving = false

  async function hashOnAndOn(): Promise<void> {
    if (isLeaving) return
    await hasher.queueUp(nextAsker(), (place) => hasher.hash('one of many', { place }))
    return hashOnAndOn()
  }

  const crowd = Array.from({ length: 60 }, () => hashOnAndOn().catch(() => {}))
  return {
    async leave() {
      isLeaving = true
      await Promise.all(crowd)
    },
  }
}
