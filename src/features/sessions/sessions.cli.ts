import type { Command } from 'commander'
import type { HousekeepingService } from '../../domain/housekeeping.service.ts'
import { toDeviceName } from '../../domain/session/device-name.ts'
import type { EverybodyOut } from '../../domain/session/everybody-out.ts'
import { type Session, toPublicSession } from '../../domain/session/session.ts'
import type { User } from '../../domain/user/user.ts'
import { askWhether, isTerminal } from '../../terminal/ask.ts'
import type { Answer, Run } from '../../terminal/command.ts'
import { countOf, toMinute, toTable } from '../../terminal/table.ts'
import type { UserSessionsService } from './user-sessions.service.ts'

type Services = {
  userSessions: UserSessionsService
  users: { findByAnyName(name: string): Promise<User | null> }
  everybodyOut: EverybodyOut
  housekeeping: HousekeepingService
}
type Dependencies = { run: Run<Services> }

const question = 'Sign everybody out, on every device?'
const nobodyAsked = 'Add --yes to sign everybody out: there is no terminal to ask at.'
const copiesLeft =
  ' Redis did not answer: run this again when it does, because its copies may still count while the database is away.'
const unknownPerson: Answer = { failure: 'Nobody has this id, email or username.', code: 'not_found' }
const unconfirmed: Answer = {
  failure: 'The database did not answer. Run this again when it does.',
  code: 'temporarily_unavailable',
}
const unknownSession: Answer = {
  failure: 'No session has this id. Run "gatehouse sessions list" to see those of a person.',
  code: 'not_found',
}

/** gatehouse sessions …: who is signed in. */
export function addSessionCommands(program: Command, { run }: Dependencies) {
  const commands = program
    .command('sessions')
    .summary('see and end sessions')
    .description('Shows where people are signed in, and signs them out.')

  commands
    .command('list')
    .summary('list where somebody is signed in')
    .description('Lists the sessions of one person, the most recently used first.')
    .argument('<person>', 'an email, a username or an id')
    .action((name: string) =>
      run(async ({ users, userSessions }) => {
        const user = await users.findByAnyName(name)
        return user ? showSessions(user, await userSessions.list(user.id)) : unknownPerson
      }),
    )

  commands
    .command('revoke')
    .summary('end a session')
    .description('Ends one session, with the tokens that came from it. Doing it again changes nothing.')
    .argument('<id>', 'the id from "gatehouse sessions list": ses_…')
    .action((id: string) =>
      run(async ({ userSessions }, origin) => {
        switch (await userSessions.end(id, { actor: null, origin })) {
          case 'ended':
            return { json: { session_id: id, ended: true }, text: 'The session has ended.' }
          case 'unconfirmed':
            return unconfirmed
          case 'unknown':
            return unknownSession
        }
      }),
    )

  commands
    .command('end-all')
    .summary('sign somebody out everywhere, or everybody')
    .description(
      'Ends every session of one person, or of everybody if you name nobody, with the tokens that came from them. They sign in again; nothing else is lost.',
    )
    .argument('[person]', 'an email, a username or an id')
    .option('-y, --yes', 'do not ask before everybody is signed out')
    .action(async (name: string | undefined, { yes = false }: { yes?: boolean }, command: Command) => {
      if (name !== undefined) return run((services, origin) => endAllOf(name, services, origin))
      if (!yes && !isTerminal()) command.error(nobodyAsked)
      await run(async ({ everybodyOut }, origin) => {
        if (!yes && !(await askWhether(question))) return { failure: 'Nothing was done.' }
        const { ended, areCopiesGone } = await everybodyOut(origin)
        const text = `Everybody is signed out: ${ended === 1 ? '1 session has' : `${ended} sessions have`} ended.`
        return {
          json: { ended, copies_forgotten: areCopiesGone },
          text: areCopiesGone ? text : text + copiesLeft,
        }
      })
    })

  commands
    .command('purge')
    .summary('delete old sessions')
    .description(
      'Deletes sessions that were over more than 30 days ago, with their tokens, a few at a time. The portal does the same every hour.',
    )
    .action(() =>
      run(async ({ housekeeping }) => {
        const deleted = await housekeeping.sweepSessions()
        return { json: { deleted }, text: `Deleted ${countOf(deleted, 'session')}.` }
      }),
    )
}

async function endAllOf(
  name: string,
  { users, userSessions }: Services,
  origin: Parameters<UserSessionsService['endAll']>[1]['origin'],
): Promise<Answer> {
  const user = await users.findByAnyName(name)
  if (!user) return unknownPerson
  const ended = await userSessions.endAll(user.id, { actor: null, origin })
  return {
    json: { ended },
    text: `${user.email} is signed out everywhere: ${countOf(ended, 'session')} ended.`,
  }
}

function showSessions(user: User, sessions: Session[]): Answer {
  const now = new Date()
  const json = sessions.map((session) => toPublicSession(session, now))
  if (sessions.length === 0) return { json, text: `${user.email} is not signed in.` }
  const headings = ['ID', 'DEVICE', 'ADDRESS', 'SIGNED IN', 'LAST SEEN']
  const rows = sessions.map(({ id, userAgent, ip, createdAt, lastSeenAt }) => [
    id,
    toDeviceName(userAgent),
    ip,
    toMinute(new Date(createdAt)),
    toMinute(new Date(lastSeenAt)),
  ])
  return { json, text: toTable([headings, ...rows]) }
}
