/** What people call the providers, by the name that stands in addresses and rows. */
const LABELS = new Map([['google', 'Google']])

/** Also for one that is not set up any more: history goes on telling of it. */
export function toProviderLabel(name: string): string {
  return LABELS.get(name) ?? name
}
