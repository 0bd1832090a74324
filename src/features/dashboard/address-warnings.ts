import type { BusiestAddress } from '../../domain/figures.repository.ts'

/** Who sent the request that asks. */
export type Sender = { peer: string; forwarded: string[]; trustedHops: number; result: string }
type Known = { busiest: BusiestAddress | null; trustProxy: number | string[] | boolean }

const MANY_PEOPLE = 10

/** Signs that the portal takes a proxy's address for everybody's, or believes somebody it shouldn't. */
export function findAddressWarnings(sender: Sender, { busiest, trustProxy }: Known): string[] {
  const warnings: string[] = []
  if (sender.forwarded.length > 0 && trustProxy === false)
    warnings.push(
      `This request came through a proxy at ${sender.peer}, which isn’t believed. If it is yours, set TRUST_PROXY; until then everybody behind it shares its limits.`,
    )
  if (busiest && busiest.people >= MANY_PEOPLE && busiest.people * 2 >= busiest.everybody)
    warnings.push(
      `${busiest.people} of the ${busiest.everybody} people who signed in within a day came from ${busiest.ip}. If that is a proxy of yours, set TRUST_PROXY; if it is their office, all is well.`,
    )
  if (typeof trustProxy === 'number' && sender.forwarded.length < trustProxy)
    warnings.push(
      `TRUST_PROXY expects ${trustProxy} ${trustProxy === 1 ? 'proxy' : 'proxies'}, and this request came through ${sender.forwarded.length}. Whoever skips a proxy can say any address.`,
    )
  return warnings
}
