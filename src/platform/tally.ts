import type { SignInMethod } from '../domain/session/session.ts'

export type SignInResult = 'succeeded' | 'refused'
/** Where a session check found its answer: in a copy, in SQL, in an old copy because SQL was away, or nowhere. */
export type CheckSource = 'copy' | 'sql' | 'stale_copy' | 'none'
export type SweepResult = 'done' | 'failed'
/** `route` is the address as the router knows it, like `/users/:id`: as typed, there would be no end of them. */
export type SeenRequest = { method: string; route: string; status: string; seconds: number }

/** What is counted while it happens. */
export type Tally = {
  countSignIn(method: SignInMethod, result: SignInResult): void
  countCheck(source: CheckSource): void
  /** A check asked SQL because Redis did not answer. */
  countFallback(): void
  countSweep(result: SweepResult): void
  observeRequest(seen: SeenRequest): void
}

/** Where nobody reads it. */
export const noTally: Tally = {
  countSignIn() {},
  countCheck() {},
  countFallback() {},
  countSweep() {},
  observeRequest() {},
}
