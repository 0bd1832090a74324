import type { oas31 } from 'zod-openapi'

export type Document = oas31.OpenAPIObject
export type Schema = Exclude<oas31.SchemaObject, boolean>
export type Content = { schema: Schema; examples?: Record<string, { value: unknown }> }

export type ListedOperation = { method: string; path: string; operation: oas31.OperationObject }

/** Every operation, in the order of the chapters. */
export function listOperations({ paths = {} }: Document): ListedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, oas31.OperationObject>).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
}

/** Follows a reference within the document; returns anything else as it is. */
export function resolve<T extends { $ref?: string }>(document: Document, given: T): T {
  const [kind, name] = given.$ref?.split('/').slice(-2) ?? []
  const components = document.components as Record<string, Record<string, T>>
  return (kind && name && components[kind]?.[name]) || given
}

/** The name of a schema that is described once, null for one described where it is used. */
export function findName({ $ref }: Schema): string | null {
  return $ref?.split('/').at(-1) ?? null
}

/** The fields of an object, in their order. */
export function listFields({ properties = {}, required = [] }: Schema) {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema: schema as Schema,
    isRequired: required.includes(name),
  }))
}

/** One value that fits: the schema's example, else one made from the examples of its fields. */
export function toExample(document: Document, given: Schema): unknown {
  const schema = resolve(document, given)
  const known = [schema.examples?.[0], schema.const, schema.default, schema.enum?.[0]]
  const first = known.find((value) => value !== undefined)
  if (first !== undefined) return first
  if (schema.items) return [toExample(document, schema.items as Schema)]
  const fields = listFields(schema).map((field) => [field.name, toExample(document, field.schema)])
  return Object.fromEntries(fields)
}
