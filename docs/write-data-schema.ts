// npm run data-schema: writes docs/my-data.schema.json, which describes what people download.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { dataFile } from '../src/features/data/data-file.ts'

/** The schema as it should be. */
export function toDataSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(dataFile, { override: leaveOutWhatOnlyDocsNeed }), null, 2)}\n`
}

/** Examples are for the reader of the API's description, and the format of a time says more than its pattern. */
function leaveOutWhatOnlyDocsNeed({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }) {
  delete jsonSchema.example
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('my-data.schema.json', import.meta.url), toDataSchema())
