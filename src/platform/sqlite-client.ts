import { PrismaClient } from '../generated/sqlite/client.ts'
import { PatientSqlite } from './patient-sqlite.ts'

export function openSqlite(url: string): PrismaClient {
  return new PrismaClient({ adapter: new PatientSqlite({ url }) })
}
