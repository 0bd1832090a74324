import { type Document, findName, listFields, resolve, type Schema } from './schemas.ts'

export type FieldRow = {
  name: string
  type: string
  schemaName: string | null
  isRequired: boolean
  text: string
}

/** The fields of an object, one row each; those of an object inside it follow as `session.id`. */
export function listRows(document: Document, given: Schema, prefix = ''): FieldRow[] {
  return listFields(resolve(document, given)).flatMap(({ name, schema, isRequired }) => {
    const row = { ...toRow(schema), name: prefix + name, isRequired }
    const inner = (schema.items as Schema | undefined) ?? schema
    const suffix = schema.items ? '[].' : '.'
    return row.schemaName ? [row] : [row, ...listRows(document, inner, prefix + name + suffix)]
  })
}

/** A parameter, or what a field holds: its type, and in words what else it must be. */
export function toRow(schema: Schema): Omit<FieldRow, 'name' | 'isRequired'> {
  const schemaName = findName((schema.items as Schema | undefined) ?? schema)
  return {
    type: toType(schema),
    schemaName,
    text: [schema.description, ...listLimits(schema)].filter(Boolean).join(' '),
  }
}

function toType(schema: Schema): string {
  const { type, format, anyOf, items } = schema
  if (schema.$ref) return findName(schema) ?? ''
  if (schema.not) return 'not taken'
  if (items) return `array of ${toType(items as Schema)}`
  if (anyOf) return [...new Set(anyOf.map((each) => toType(each as Schema)))].join(' or ')
  return [[type ?? 'any'].flat().join(' or '), format && `(${format})`].filter(Boolean).join(' ')
}

function listLimits(schema: Schema): string[] {
  const { const: only, enum: words, minLength, maxLength, minimum, maximum, pattern } = schema
  const inside = schema.additionalProperties as Schema | undefined
  return [
    only !== undefined && `Always ${toCode(only)}.`,
    words && `One of ${words.map(toCode).join(', ')}.`,
    inside?.enum && `Each one of ${inside.enum.map(toCode).join(', ')}.`,
    toRange(minLength, maxLength, ' characters'),
    toRange(minimum, maximum, ''),
    pattern && `Matches ${toCode(pattern)}.`,
    schema.default !== undefined && `${toCode(schema.default)} when it is left out.`,
  ].filter((limit) => typeof limit === 'string')
}

function toRange(least: number | undefined, most: number | undefined, unit: string): string | null {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}.`
  if (most !== undefined) return `At most ${most}${unit}.`
  if (least === 1 && unit) return 'Not empty.'
  return least === undefined ? null : `At least ${least}${unit}.`
}

const toCode = (value: unknown) => `\`${String(value)}\``
