import type { Operations } from '../../http/operation.ts'
import { metadata } from './metadata.ts'

export const metadataOperations: Operations = {
  'GET /.well-known/oauth-authorization-server': {
    summary: 'Discover the portal',
    description: 'Where OAuth libraries look first: they need no more than the address of the portal.',
    callers: 'anyone',
    answers: { 200: { description: 'What this portal can do, and where.', schema: metadata } },
  },
}
