import type { Database } from '../../platform/database.ts'
import { readScopes } from '../access-token/scope.ts'
import type { ApiClient } from './api-client.ts'

export type ApiClientRepository = ReturnType<typeof createApiClientRepository>
export type ApiClientWithSecretHash = ApiClient & { secretHash: string | null }

type NewClient = Pick<ApiClient, 'id' | 'name' | 'scopes' | 'createdAt'> & { secretHash: string | null }
type Row = Omit<ApiClientWithSecretHash, 'scopes' | 'isPublic'> & { scope: string }

export function createApiClientRepository(database: Database) {
  const whileEnabled = (id: string) => ({ id, disabledAt: null })

  return {
    async insert({ scopes, ...client }: NewClient): Promise<void> {
      await database.apiClient.create({ data: { ...client, scope: scopes.join(' ') }, select: { id: true } })
    },

    async find(id: string): Promise<ApiClient | null> {
      const row = await database.apiClient.findUnique({ where: { id } })
      return row && toClient(row)
    },

    async findWithSecretHash(id: string): Promise<ApiClientWithSecretHash | null> {
      const row = await database.apiClient.findUnique({ where: { id } })
      return row && { ...toClient(row), secretHash: row.secretHash }
    },

    /** The oldest first, disabled ones too. */
    async list(): Promise<ApiClient[]> {
      const rows = await database.apiClient.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })
      return rows.map(toClient)
    },

    /** What people know them by. */
    async findNames(ids: string[]): Promise<Map<string, string>> {
      const where = { id: { in: ids } }
      const rows = await database.apiClient.findMany({ where, select: { id: true, name: true } })
      return new Map(rows.map(({ id, name }) => [id, name]))
    },

    /** False for a public, disabled or unknown client. */
    async replaceSecretHash(
      id: string,
      { secretHash, now }: { secretHash: string; now: Date },
    ): Promise<boolean> {
      const { count } = await database.apiClient.updateMany({
        where: { ...whileEnabled(id), secretHash: { not: null } },
        data: { secretHash, secretRotatedAt: now },
      })
      return count === 1
    },

    /** False when it was already disabled, or does not exist. */
    async disable(id: string, now: Date): Promise<boolean> {
      const { count } = await database.apiClient.updateMany({
        where: whileEnabled(id),
        data: { disabledAt: now },
      })
      return count === 1
    },
  }
}

function toClient({ secretHash, scope, ...client }: Row): ApiClient {
  return { ...client, scopes: readScopes(scope), isPublic: secretHash === null }
}
