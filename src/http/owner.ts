import type { Request } from 'express'
import type { User } from '../domain/user/user.ts'
import { PortalError } from '../errors.ts'

type Typed = Record<string, string>

/** The field in which a member's form says whose it is: somebody else may have signed in, in another tab, since it was opened. */
const NAME = 'owner'

/** Throws for the form of somebody else than is signed in now. A form that says nothing is taken to be theirs. */
export function expectOwner({ body, caller }: Request): void {
  if (caller.kind !== 'member' || body[NAME] === undefined || isOwner(body, caller.member.user)) return
  const message = `You’re signed in as ${caller.member.user.email} now, so nothing has changed. Check this page and send it again.`
  throw new PortalError('validation_failed', { problems: [{ field: '', code: 'other_member', message }] })
}

/** What was typed before somebody signed in goes on only if it was they who typed it. */
export function keepOwn(typed: Typed | null, user: Pick<User, 'id'>): Typed | null {
  return typed && isOwner(typed, user) ? typed : null
}

const isOwner = (typed: Typed, { id }: Pick<User, 'id'>) => typed[NAME] === id
