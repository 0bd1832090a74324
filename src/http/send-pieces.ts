import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { Response } from 'express'

/** A file as fast as it is taken. A failure on the way breaks the answer off: half of it is not taken for the whole. */
export async function sendPieces(
  res: Response,
  pieces: AsyncIterable<string>,
  { type } = { type: 'json' },
): Promise<void> {
  res.set('cache-control', 'no-store').type(type)
  await pipeline(Readable.from(givingWay(pieces)), res).catch((failure) => {
    const isCancelled = failure.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!isCancelled) throw failure
  })
}

/** SQLite reads without ever waiting: between two pieces it is the others' turn, and the first one leaves. */
async function* givingWay(pieces: AsyncIterable<string>): AsyncIterable<string> {
  for await (const piece of pieces) {
    yield piece
    await setImmediate()
  }
}
