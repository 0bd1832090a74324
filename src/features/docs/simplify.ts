import type { ZodOpenApiOverride } from 'zod-openapi'

/** Shortens what zod says at length. It drops `examples` of what it transforms, so fields carry an `example`. */
export const simplify: ZodOpenApiOverride = ({ jsonSchema }) => {
  if (jsonSchema.example !== undefined) jsonSchema.examples = [jsonSchema.example]
  delete jsonSchema.example
  delete jsonSchema.propertyNames
  if (jsonSchema.format) delete jsonSchema.pattern
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  const [inner, nothing, ...others] = jsonSchema.anyOf ?? []
  const isPlain =
    inner && 'type' in inner && typeof inner.type === 'string' && !('enum' in inner || 'const' in inner)
  if (!isPlain || others.length > 0 || !nothing || !('type' in nothing) || nothing.type !== 'null') return
  delete jsonSchema.anyOf
  Object.assign(jsonSchema, { ...inner, ...jsonSchema, type: [inner.type, 'null'] })
}
