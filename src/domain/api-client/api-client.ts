import type { Scope } from '../access-token/scope.ts'

/** A program that was registered to ask for tokens. A public one names itself and proves nothing. */
export type ApiClient = {
  id: string
  name: string
  scopes: Scope[]
  isPublic: boolean
  createdAt: Date
  secretRotatedAt: Date | null
  disabledAt: Date | null
}

/** Cannot be mistaken for a user id: those are UUIDs (RFC 9700 §4.15). */
const CLIENT_ID = /^cli_[\w-]{22}$/

/** Our own programs need no registration. */
export const FIRST_PARTY_ID = 'gatehouse'

export function isClientId(text: string): boolean {
  return CLIENT_ID.test(text)
}

/** The client as everybody may see it. */
export function toClientAnswer(client: ApiClient) {
  return {
    id: client.id,
    name: client.name,
    is_public: client.isPublic,
    scope: client.scopes.join(' '),
    created_at: client.createdAt.toISOString(),
    secret_rotated_at: client.secretRotatedAt?.toISOString() ?? null,
    disabled_at: client.disabledAt?.toISOString() ?? null,
  }
}
