import type { Request } from 'express'

/** Who sent a request, as far as it says, and whom TRUST_PROXY believes about it. `forwarded` has the nearest last. */
export type ClientAddress = { peer: string; forwarded: string[]; trustedHops: number; result: string }

const SHOWN_AT_MOST = 10
/** An IPv6 address with a zone and a port, and then some. */
const LENGTH_AT_MOST = 64

export function readClientAddress(req: Request): ClientAddress {
  const peer = req.socket.remoteAddress ?? 'unknown'
  const said = req.get('x-forwarded-for')?.split(',') ?? []
  const forwarded = said.slice(-SHOWN_AT_MOST).map((each) => each.trim().slice(0, LENGTH_AT_MOST))
  return {
    peer,
    forwarded,
    trustedHops: countTrusted(req, [peer, ...forwarded.toReversed()]),
    result: req.ip ?? peer,
  }
}

function countTrusted({ app }: Request, chain: string[]): number {
  const isTrusted: (address: string, hop: number) => boolean = app.get('trust proxy fn')
  const end = chain.findIndex((address, hop) => !isTrusted(address, hop))
  return end === -1 ? chain.length : end
}
