import { z } from 'zod'
import type { User } from '../../domain/user/user.ts'
import { isByEmail, type UserOrder } from '../../domain/user/user-list.ts'

/** No database understands years beyond these. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')
const time = z.number().int().min(0).max(LAST_MS)
const cursor = z.union([
  z.tuple([z.enum(['-created_at', 'created_at']), time, z.uuid()]),
  z.tuple([z.enum(['-email', 'email']), z.string().max(254)]),
])

/** Where a page of the list ended. Opaque to clients; holds nothing that was not on the page. */
export function toCursor(order: UserOrder, { id, createdAt, email }: User): string {
  const place = isByEmail(order) ? [order.sort, email] : [order.sort, Date.parse(createdAt), id]
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** Null for what was never a cursor. */
export function readCursor(text: string): UserOrder | null {
  const { data } = cursor.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!data || data.join().includes('\0')) return null
  if (data.length === 2) return { sort: data[0], after: { email: data[1] } }
  return { sort: data[0], after: { createdAt: new Date(data[1]).toISOString(), id: data[2] } }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
