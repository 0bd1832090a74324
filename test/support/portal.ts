import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { readConfig } from '../../src/config.ts'
import { later } from '../../src/domain/time.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { openLog } from '../../src/platform/log.ts'
import { startPortal } from '../../src/web-process.ts'
import { findFreePort } from './free-port.ts'
import type { Person } from './people.ts'
import { createClient, createVisitor } from './visitor.ts'

export type Portal = Awaited<ReturnType<typeof openPortal>>
type Options = {
  people?: Person[]
  /** Settings as an operator would give them. */
  settings?: Record<string, string>
  clock?: Clock
  limits?: Parameters<typeof startPortal>[1]['limits']
}

const SECRET_KEY = 'a-key-that-is-used-by-tests-only-and-never-anywhere-else'

/** A whole portal of its own: real sockets, a real database file, nothing replaced. `await using` closes it. */
export async function openPortal({ people = [], settings = {}, clock, limits }: Options = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-'))
  const port = await findFreePort()
  const lines: string[] = []
  const config = readConfig({
    NODE_ENV: 'test',
    PORT: String(port),
    HOST: '127.0.0.1',
    BASE_URL: `http://localhost:${port}`,
    DATA_DIR: dataDir,
    SECRET_KEY,
    LOG_LEVEL: 'debug',
    DRAIN_DELAY: '0s',
    ...settings,
  })
  const running = await startPortal(config, { log: openLog(config.logLevel, collect(lines)), clock, limits })
  const { services, world } = running
  for (const person of people) await addPerson(person)

  async function addPerson({
    password,
    username,
    displayName,
    isVerified = true,
    isActive = true,
    ...person
  }: Person) {
    const now = later(new Date(), -60 * 60 * 1000)
    const passwordHash = password === null ? null : await services.passwords.hash(password)
    const user = await services.repositories.users.insert({
      email: person.email,
      emailVerifiedAt: isVerified ? now : null,
      wantedUsername: username ?? null,
      displayName: displayName ?? null,
      passwordHash,
      now,
    })
    if (!user) throw new Error(`${person.email} is there already`)
    if (username) await services.repositories.users.claimWantedUsername(user.id)
    if (!isActive || person.role) {
      await world.sql.database.user.update({
        where: { id: user.id },
        data: { isActive, role: person.role ?? 'user' },
      })
    }
    return user.id
  }

  /** Those that answers did not wait for are among them. */
  async function mails() {
    await world.afterwards.settle()
    return services.outbox.listNewest(100)
  }

  /** The newest mail to an address, as its owner would read it. */
  async function findMail(to: string) {
    return (await mails()).find((mail) => mail.to === to) ?? null
  }

  const address = `http://127.0.0.1:${config.port}`
  const host = { host: new URL(config.baseUrl).host }
  const openVisitor = (headers: Record<string, string> = {}) =>
    createVisitor(config.baseUrl, { ...host, ...headers }, address)

  return {
    baseUrl: config.baseUrl,
    port: config.port,
    config,
    dataDir,
    services,
    world,
    database: world.sql.database,
    /** Every line that was logged. */
    lines,
    visitor: openVisitor(),
    client: createClient(address, host),
    openVisitor,
    address,
    host,
    addPerson,
    findMail,
    mails,
    close: running.close,

    /** The path and query of the first link in the newest mail to an address. */
    async linkMailedTo(to: string): Promise<string> {
      const link = /https?:\/\/\S+/.exec((await findMail(to))?.text ?? '')?.[0]
      if (!link) throw new Error(`no mail with a link went to ${to}`)
      const url = new URL(link)
      return url.pathname + url.search
    },

    /** The six digits in the newest mail to an address. */
    async codeMailedTo(to: string): Promise<string> {
      const code = /^\d{6}$/m.exec((await findMail(to))?.text ?? '')?.[0]
      if (!code) throw new Error(`no mail with a code went to ${to}`)
      return code
    },

    async [Symbol.asyncDispose]() {
      await running.close({ patienceMs: 0 })
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function collect(lines: string[]) {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
}
