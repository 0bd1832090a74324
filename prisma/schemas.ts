import { readFileSync } from 'node:fs'

export const DIALECTS = ['sqlite', 'postgresql'] as const
export type Dialect = (typeof DIALECTS)[number]

/** The text of schema.prisma for a dialect: Prisma fixes the provider in the schema, so the second is derived. */
export function readSchema(dialect: Dialect): string {
  const source = readFileSync(new URL('schema.prisma', import.meta.url), 'utf8')
  return source
    .replace('provider = "sqlite"', `provider = "${dialect}"`)
    .replace('../src/generated/sqlite', `./${dialect}`)
}
