import type { Operations } from '../../http/operation.ts'
import { metadata } from './metadata.ts'

export const metadataOperations: Operations = {
  'GET /.well-known/oauth-authorization-server': {
    summary: 'Get the portal’s metadata',
    description: 'OAuth libraries read this first. Give them the portal’s address and they find the rest.',
    callers: 'anyone',
    answers: { 200: { description: 'What the portal supports, and where.', schema: metadata } },
  },
}
