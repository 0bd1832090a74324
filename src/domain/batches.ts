/** Few rows at a time, so that nobody has to wait behind a long statement, and none takes too long to be answered. */
export const BATCH = 500

/** Until `step`, which answers with how many rows it dealt with, finds fewer than it may. How many it was in all. */
export async function inBatches(step: (most: number) => Promise<number>): Promise<number> {
  let all = 0
  for (let done = BATCH; done === BATCH; all += done) done = await step(BATCH)
  return all
}
