import type { AuditAction, AuditDetails } from './audit-event.ts'

/** Something that happened to a person's account. `actorId` is null where nobody is known to have done it. */
export type PastEvent = {
  id: string
  at: Date
  action: AuditAction
  actorId: string | null
  ip: string
  userAgent: string
  details: AuditDetails
}
/** Where a page of a history ended. */
export type HistoryPlace = Pick<PastEvent, 'at' | 'id'>

/** As an address carries it: opaque to clients, and holding nothing that was not on the page. */
export function toPlaceText({ at, id }: HistoryPlace): string {
  return `${at.getTime()}.${Buffer.from(id).toString('base64url')}`
}

/** Where a person was is theirs alone: what an administrator did is told without it. */
export function leaveOutStranger<E extends Pick<PastEvent, 'actorId' | 'ip' | 'userAgent'>>(
  event: E,
  ownerId: string,
): E {
  const isByStranger = event.actorId !== null && event.actorId !== ownerId
  return isByStranger ? { ...event, ip: '', userAgent: '' } : event
}
