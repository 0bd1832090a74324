export type BackupFacts = {
  madeAt: Date
  migrations: string[]
  /** How many signing keys it holds, by the id of the SECRET_KEY that encrypted them. */
  keysBySecret: Record<string, number>
  users: number
}
/** The database that a backup is to replace. */
export type Standing = { users: number; isInUse: boolean }
/** Only `loaded` has changed anything. */
export type Loading = 'loaded' | 'in-use' | 'cut-off'
/** Called while something long goes on. */
export type OnStep = (done: number, total: number) => void

/**
 * What a database from before must not bring back: sessions, which may have ended since; links that open an account, which may have
 * been used; emails, which may have been sent. `now` as the database writes it.
 */
export function listWhatIsOver(now: string): string[] {
  return [
    `INSERT INTO system (id, session_epoch) VALUES (1, '${now}') ON CONFLICT (id) DO UPDATE SET session_epoch = '${now}'`,
    `UPDATE sessions SET revoked_at = '${now}', revoke_reason = 'everybody-out' WHERE revoked_at IS NULL`,
    `DELETE FROM one_time_links WHERE kind IN ('verify-email', 'reset-password', 'change-email')`,
    'DELETE FROM oauth_attempts',
    `UPDATE outgoing_mails SET failed_at = '${now}', last_error = 'it may have been sent before the backup was restored'
     WHERE sent_at IS NULL AND failed_at IS NULL`,
  ]
}

/** v1.<id of the SECRET_KEY>.… */
export const COUNT_KEYS_BY_SECRET = `SELECT substr(private_jwk, 4, 8), COUNT(*) FROM signing_keys GROUP BY 1`
