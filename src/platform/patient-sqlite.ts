import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaLibSql } from '@prisma/adapter-libsql'

/** While the driver waits, the whole process waits. */
const DRIVER_WAITS_MS = 25
const LOOK_EVERY_MS = 50
const GIVE_UP_AFTER_MS = 4_000
const READ = /^(\/\*.*?\*\/)?\s*SELECT\b/i

type Client = ReturnType<PrismaLibSql['createClient']>
type Lock = { refusal: unknown; isOver: Promise<void> }

/**
 * SQLite has one writer at a time. Whoever finds the file locked by another process waits for up to four seconds, while this
 * process goes on with everything else.
 */
export class PatientSqlite extends PrismaLibSql {
  #client: Client | null = null

  constructor({ url }: { url: string }) {
    super({ url, timeout: DRIVER_WAITS_MS })
  }

  /** BEGIN IMMEDIATE: a transaction that would have to upgrade its lock midway fails instead of waiting. */
  override createClient(config: Parameters<PrismaLibSql['createClient']>[0]) {
    const client = super.createClient(config)
    const begin = client.transaction.bind(client)
    client.transaction = () => begin('write')
    this.#client = client
    return client
  }

  override async connect() {
    const adapter = await super.connect()
    const patiently = createPatience(this.#client as Client)
    adapter.queryRaw = patiently(adapter.queryRaw.bind(adapter), ({ sql }) => READ.test(sql))
    adapter.executeRaw = patiently(adapter.executeRaw.bind(adapter))
    adapter.startTransaction = patiently(adapter.startTransaction.bind(adapter))
    return adapter
  }
}

function createPatience(client: Client) {
  let lock: Lock | null = null

  async function untilFree() {
    do await sleep(LOOK_EVERY_MS)
    while (await isLocked(client))
    lock = null
  }

  /** A reader is in no writer's way, and tries first. */
  return <Given extends unknown[], T>(
    work: (...given: Given) => Promise<T>,
    isRead: (...given: Given) => boolean = () => false,
  ) =>
    async (...given: Given): Promise<T> => {
      let waits = !isRead(...given)
      const until = performance.now() + GIVE_UP_AFTER_MS
      for (;;) {
        if (lock && waits) {
          const leftMs = until - performance.now()
          if (leftMs <= 0) throw lock.refusal
          await Promise.race([lock.isOver, sleep(leftMs, undefined, { ref: false })])
          continue
        }
        try {
          return await work(...given)
        } catch (refusal) {
          if (!isBusy(refusal)) throw refusal
          waits = true
          await forgetConnection(client)
          lock ??= { refusal, isOver: untilFree() }
        }
      }
    }
}

/** The driver leaves a refused statement open: its connection would go on reading old data, and never write again. */
async function forgetConnection(client: Client) {
  await Promise.resolve(client.reconnect()).catch(() => {})
}

async function isLocked(client: Client): Promise<boolean> {
  return client.executeMultiple('BEGIN IMMEDIATE; ROLLBACK').then(
    () => false,
    (error) => error.code === 'SQLITE_BUSY',
  )
}

/** What the adapter calls it. */
function isBusy(error: unknown): boolean {
  return (error as { cause?: { kind?: string } }).cause?.kind === 'SocketTimeout'
}
