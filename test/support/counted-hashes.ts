import type { Portal } from './portal.ts'

/** Counts what a portal really hashes and verifies from now on. */
export function countHashes({ world: { hasher } }: Portal) {
  const count = { hashed: 0, verified: 0 }
  const { hash, verify } = hasher
  hasher.hash = (...given) => {
    count.hashed++
    return hash(...given)
  }
  hasher.verify = (...given) => {
    count.verified++
    return verify(...given)
  }
  return {
    /** What was counted since the last look. */
    take() {
      const { hashed, verified } = count
      Object.assign(count, { hashed: 0, verified: 0 })
      return { hashed, verified }
    },
  }
}
