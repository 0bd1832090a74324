import { z } from 'zod'

const PER_PAGE = 25
const PER_PAGE_AT_MOST = 100

/** In an address a number is written as text. */
export const aNumber = { type: 'integer', minimum: 1, pattern: undefined } as const

export const numberField = z
  .string({ error: 'Use one number.' })
  .regex(/^[1-9]\d{0,8}$/, 'Use a whole number from 1.')
  .transform(Number)

export const perPageField = numberField
  .default(PER_PAGE)
  .transform((size) => Math.min(size, PER_PAGE_AT_MOST))
  .meta({
    description: `At most ${PER_PAGE_AT_MOST}; a higher number counts as that.`,
    override: { ...aNumber, default: PER_PAGE },
  })
