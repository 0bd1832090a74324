import type { Request } from 'express'
import type { Origin } from '../domain/audit-event/audit-event.ts'
import type { User } from '../domain/user/user.ts'
import { readMember } from './guards.ts'
import { readOrigin } from './request.ts'

/** Who asks, and from where, for the audit log. Throws for visitors. */
export function readActor(req: Request): { actor: User; origin: Origin } {
  return { actor: readMember(req).user, origin: readOrigin(req) }
}
