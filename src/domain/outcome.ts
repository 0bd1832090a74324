/** One type for each, so that the compiler tells them apart. */
export type Outcome<O extends string> = O extends string ? { outcome: O } : never
