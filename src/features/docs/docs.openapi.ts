import { z } from 'zod'
import type { Operations } from '../../http/operation.ts'

const openApiDocument = z.looseObject({
  openapi: z.string().meta({ example: '3.1.1' }),
  info: z.looseObject({ title: z.string().meta({ example: 'Gatehouse' }), version: z.string() }),
  paths: z.looseObject({}),
})

export const docsOperations: Operations = {
  'GET /openapi.json': {
    summary: 'Read this description',
    description: 'The API as OpenAPI 3.1, for programs. `/docs` shows the same to people.',
    callers: 'anyone',
    answers: {
      200: {
        description: 'The document. You can cache it for a minute.',
        schema: openApiDocument,
        examples: {
          beginning: { openapi: '3.1.1', info: { title: 'Gatehouse', version: '1' }, paths: {} },
        },
      },
    },
  },
}
