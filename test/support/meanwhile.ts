import type { Portal } from './portal.ts'

/**
 * Once, between what the portal has read and judged and the transaction in which it acts on that: after the password was verified,
 * after the provider has answered.
 */
export function meanwhile({ world: { sql } }: Pick<Portal, 'world'>, happens: () => Promise<unknown>) {
  const { transact } = sql
  sql.transact = async (work) => {
    sql.transact = transact
    await happens()
    return transact(work)
  }
}
