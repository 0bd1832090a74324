import type { Operations } from '../../http/operation.ts'
import { type Status, status } from './status.ts'

const quiet: Status = {
  as_of: '2026-11-22T14:05:00.000Z',
  users: { total: 1_204 },
  sessions: { active: 316 },
  sign_ins: {
    succeeded_24h: 41,
    failed_24h: 3,
    by_hour: [{ from: '2026-11-22T14:00:00.000Z', succeeded: 41, failed: 3 }],
    by_day: [{ from: '2026-11-21T15:00:00.000Z', succeeded: 41, failed: 3 }],
  },
  tokens: {
    validation: 'ok',
    keys: [{ id: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k', state: 'active', age_seconds: 86_400 }],
    access_token_seconds: 600,
    refreshing_seconds: 259_200,
  },
  email: { waiting: 0, oldest_age_seconds: 0 },
  password_checks: { running: 1, waiting: 0, refused: 0 },
  stores: { sql: 'ok', redis: 'ok' },
  features: [
    { name: 'https', is_on: true, title: 'HTTPS', text: 'Browsers send cookies over HTTPS only.' },
    {
      name: 'metrics',
      is_on: false,
      title: 'Metrics',
      text: 'Set METRICS_TOKEN, and Prometheus can read /metrics and wake somebody up.',
    },
  ],
  client_address: {
    peer: '10.0.0.5',
    forwarded: ['203.0.113.7'],
    trusted_hops: 1,
    result: '203.0.113.7',
    warnings: [],
  },
}

export const dashboardOperations: Operations = {
  'GET /api/v1/admin/status': {
    summary: 'Read how the portal is doing',
    description:
      'The figures of the page at `/admin`, for a card on another one. What the database has to be asked for is at most a few seconds old. While it is away those figures are `null` and the others are there.',
    callers: 'admins',
    scope: 'users:read',
    answers: { 200: { description: 'The figures.', schema: status, examples: { quiet } } },
  },
}
