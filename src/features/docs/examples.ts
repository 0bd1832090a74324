import type { oas31 } from 'zod-openapi'
import { toSamples } from './curl.ts'
import { type Content, type Document, listOperations, toExample } from './schemas.ts'

/** Gives every body and answer an example, and every operation its lines to paste into a shell. */
export function addExamples(document: Document): Document {
  for (const listed of listOperations(document)) {
    const { operation } = listed
    for (const content of listContents(operation)) {
      content.examples ??= { example: { value: toExample(document, content.schema) } }
    }
    operation['x-codeSamples'] = toSamples(document, listed).map((sample) => ({ lang: 'Shell', ...sample }))
  }
  return document
}

function listContents({ requestBody, responses = {} }: oas31.OperationObject): Content[] {
  const carriers = [requestBody, ...Object.values(responses)] as (
    | { content?: Record<string, Content> }
    | undefined
  )[]
  return carriers.flatMap((carrier) => Object.values(carrier?.content ?? {}))
}
