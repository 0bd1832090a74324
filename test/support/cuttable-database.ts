import { openCutOff } from './cut-off.ts'
import { openPostgres } from './postgres.ts'

/** PostgreSQL behind a connection that a test can cut. */
export async function openCuttableDatabase() {
  const postgres = await openPostgres({ fsync: false })
  const { url, drop } = await postgres.createDatabase()
  const direct = new URL(url)
  const cutOff = await openCutOff({ port: Number(direct.port) })
  const throughCutOff = new URL(url)
  throughCutOff.host = `127.0.0.1:${cutOff.port}`

  return {
    settings: { DATABASE_URL: throughCutOff.href },
    cutOff,
    async [Symbol.asyncDispose]() {
      await cutOff.close()
      await drop()
      await postgres.close()
    },
  }
}
