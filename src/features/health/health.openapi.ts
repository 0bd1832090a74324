import type { Operation, Operations } from '../../http/operation.ts'
import { health } from './health.ts'

const readiness: Operation = {
  summary: 'Ask whether to send traffic here',
  description: 'Asks the database and Redis. The host name of the request does not matter.',
  callers: 'anyone',
  answers: {
    200: {
      description: 'It answers people.',
      schema: health,
      examples: {
        whole: { status: 'ok', checks: { sql: 'ok', redis: 'ok' } },
        'without Redis': { status: 'degraded', checks: { sql: 'ok', redis: 'down' } },
      },
    },
    503: {
      description: 'It cannot answer people, or is about to stop.',
      schema: health,
      examples: {
        'without a database': { status: 'down', checks: { sql: 'down' } },
        stopping: { status: 'down', checks: { sql: 'ok', process: 'draining' } },
      },
    },
  },
}

export const healthOperations: Operations = {
  'GET /health': { ...readiness, summary: 'Ask how the portal is' },
  'GET /health/ready': readiness,
  'GET /health/live': {
    summary: 'Ask whether the process is alive',
    description: 'Asks nobody else: who does not get this answer should start the process anew.',
    callers: 'anyone',
    answers: {
      200: {
        description: 'It is alive.',
        schema: health,
        examples: { alive: { status: 'ok', checks: {} } },
      },
    },
  },
}
