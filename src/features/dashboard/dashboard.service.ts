import type { AccessTokenService } from '../../domain/access-token/access-token.service.ts'
import type { FiguresService } from '../../domain/figures.service.ts'
import type { SignInHour } from '../../domain/sign-in-hour/sign-in-hour.ts'
import type { SigningKeyService } from '../../domain/signing-key/signing-key.service.ts'
import { SECOND_MS } from '../../domain/time.ts'
import { PortalError } from '../../errors.ts'
import type { Clock } from '../../platform/clock.ts'
import { findAddressWarnings, type Sender } from './address-warnings.ts'
import { listFeatures, type Settings } from './features.ts'
import type { Status, Stretch } from './status.ts'

export type DashboardService = ReturnType<typeof createDashboardService>
type Dependencies = {
  figures: FiguresService
  accessTokens: Pick<AccessTokenService, 'isTrustedElsewhere'>
  signingKeys: Pick<SigningKeyService, 'list'>
  health: { check(): Promise<{ checks: Record<string, string> }> }
  readHashing: () => Status['password_checks']
  settings: Settings & { accessTokens: { lifetimeMs: number } }
  clock: Clock
}

const HOURS_A_DAY = 24
const DAYS = 30

/** How the portal is doing. What cannot be read at the moment is null, and everything else is there. */
export function createDashboardService(dependencies: Dependencies) {
  const { figures, accessTokens, signingKeys, health, readHashing, settings, clock } = dependencies
  const features = listFeatures(settings)

  async function readTokens(): Promise<Status['tokens']> {
    const [isTrusted, keys, refreshing] = await Promise.all([
      unlessAway(accessTokens.isTrustedElsewhere()),
      unlessAway(signingKeys.list()),
      figures.averageRefreshing(),
    ])
    const now = clock.now().getTime()
    return {
      validation: isTrusted === null ? 'unknown' : isTrusted ? 'ok' : 'failed',
      keys:
        keys?.map(({ id, state, createdAt }) => ({
          id,
          state,
          age_seconds: Math.max(0, Math.round((now - createdAt.getTime()) / SECOND_MS)),
        })) ?? null,
      access_token_seconds: settings.accessTokens.lifetimeMs / SECOND_MS,
      refreshing_seconds: toWhole(refreshing?.seconds),
    }
  }

  return {
    /** `sender` is who asks: the diagnosis of client addresses is about this very request. */
    async read(sender: Sender): Promise<Status> {
      const [{ checks }, users, active, hours, tokens, email, busiest] = await Promise.all([
        health.check(),
        figures.countUsers(),
        figures.countActiveSessions(),
        figures.listSignIns(),
        readTokens(),
        figures.readEmailBacklog(),
        figures.findBusiestAddress(),
      ])
      return {
        as_of: clock.now().toISOString(),
        users: users === null ? null : { total: users },
        sessions: active === null ? null : { active },
        sign_ins: hours && toSignIns(hours),
        tokens,
        email: email && { waiting: email.waiting, oldest_age_seconds: Math.round(email.oldestAgeSeconds) },
        password_checks: readHashing(),
        stores: {
          sql: checks.sql === 'ok' ? 'ok' : 'down',
          redis: !checks.redis ? 'none' : checks.redis === 'ok' ? 'ok' : 'down',
        },
        features,
        client_address: {
          peer: sender.peer,
          forwarded: sender.forwarded,
          trusted_hops: sender.trustedHops,
          result: sender.result,
          warnings: findAddressWarnings(sender, { busiest, trustProxy: settings.trustProxy }),
        },
      }
    },
  }
}

/** Days of 24 hours, so that the last one is as long as the others. */
function toSignIns(hours: SignInHour[]): NonNullable<Status['sign_ins']> {
  const lastDay = hours.slice(-HOURS_A_DAY)
  const days = Array.from({ length: DAYS }, (_, day) =>
    hours.slice(day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY),
  )
  const { succeeded, failed } = addUp(lastDay)
  return {
    succeeded_24h: succeeded,
    failed_24h: failed,
    by_hour: lastDay.map((hour) => addUp([hour])),
    by_day: days.filter((day) => day.length > 0).map(addUp),
  }
}

function addUp(hours: SignInHour[]): Stretch {
  return {
    from: hours[0]?.hour.toISOString() ?? '',
    succeeded: hours.reduce((sum, { succeeded }) => sum + succeeded, 0),
    failed: hours.reduce((sum, { refused }) => sum + refused, 0),
  }
}

function toWhole(seconds: number | null | undefined): number | null {
  return seconds == null ? null : Math.max(0, Math.round(seconds))
}

function unlessAway<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error) => {
    if (error instanceof PortalError) return null
    throw error
  })
}
