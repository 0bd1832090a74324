import type { Config } from '../config.ts'
import { createRepositories, type Transact } from '../domain/repositories.ts'
import type { World } from './world.ts'

export type Ground = ReturnType<typeof layGround>

/** What every area stands on: settings, the world, and the one way to SQL. */
export function layGround(config: Config, world: World) {
  const { sql, encryption } = world
  const transact: Transact = (work) =>
    sql.transact((database, undo) => work(createRepositories(database, encryption), undo))
  return { config, world, repositories: createRepositories(sql.database, encryption), transact }
}
