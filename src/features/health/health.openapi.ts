import type { Operation, Operations } from '../../http/operation.ts'
import { health } from './health.ts'

const readiness: Operation = {
  summary: 'Check whether to send traffic here',
  description: 'Checks the database and Redis. Works with any host name.',
  callers: 'anyone',
  answers: {
    200: {
      description: 'Ready for traffic.',
      schema: health,
      examples: {
        whole: { status: 'ok', checks: { sql: 'ok', redis: 'ok' } },
        'without Redis': { status: 'degraded', checks: { sql: 'ok', redis: 'down' } },
      },
    },
    503: {
      description: 'Not ready: the database does not answer, or the process is stopping.',
      schema: health,
      examples: {
        'without a database': { status: 'down', checks: { sql: 'down' } },
        stopping: { status: 'down', checks: { sql: 'ok', process: 'draining' } },
      },
    },
  },
}

export const healthOperations: Operations = {
  'GET /health': { ...readiness, summary: 'Check the portal’s health' },
  'GET /health/ready': readiness,
  'GET /health/live': {
    summary: 'Check whether the process is alive',
    description: 'Does not check the database or Redis. If there is no answer, restart the process.',
    callers: 'anyone',
    answers: {
      200: {
        description: 'Alive.',
        schema: health,
        examples: { alive: { status: 'ok', checks: {} } },
      },
    },
  },
}
