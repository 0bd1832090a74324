import type { Config } from '../config.ts'
import { createTellAdministrators } from '../domain/notice/tell-administrators.ts'
import { createTellOwner } from '../domain/notice/tell-owner.ts'
import { createDescribeRequest } from '../domain/outgoing-mail/circumstances.ts'
import { createRepositories, type Transact } from '../domain/repositories.ts'
import { createComeBack } from '../domain/user/come-back.ts'
import type { Database } from '../platform/database.ts'
import type { World } from './world.ts'

export type Ground = ReturnType<typeof layGround>

/** What every area stands on: settings, the world, and the ways to SQL. */
export function layGround(config: Config, world: World) {
  const { sql, sqlForChecks, encryption, places, clock, log } = world
  const describeRequest = createDescribeRequest({ findPlace: places.find, clock })
  const open = (database: Database) =>
    createRepositories(database, { encryption, sendsMail: config.sendsMail })
  const transact: Transact = (work) => sql.transact((database, undo) => work(open(database), undo))
  const repositories = open(sql.database)
  const tellOwner = createTellOwner({ ...config, describeRequest, clock })
  return {
    config,
    world,
    repositories,
    /** With connections of their own, so that checks wait for nobody. */
    forChecks: open(sqlForChecks.database),
    transact,
    describeRequest,
    tellOwner,
    tellAdministrators: createTellAdministrators({ baseUrl: config.baseUrl, clock }),
    comeBack: createComeBack({ repositories, transact, tellOwner, clock, log }),
  }
}
