import { isIP } from 'node:net'
import type { CityResponse, CountryResponse } from 'maxmind'
import { CannotStart } from '../errors.ts'

export type Places = Awaited<ReturnType<typeof openPlaces>>

/** Where network addresses are, by a file in MaxMind's format, of cities or of countries. Null: nobody knows. Throws CannotStart. */
export async function openPlaces(file: string | null) {
  if (!file) return { find: (): string | null => null }
  const { open } = await import('maxmind')
  const reader = await open<CityResponse | CountryResponse>(file).catch((cause) => {
    throw new CannotStart('GEOIP_DATABASE cannot be read', cause)
  })
  return {
    /** "Zürich, Switzerland", as far as it is known; null for what is not in the file, like addresses at home. */
    find(ip: string): string | null {
      if (!isIP(ip)) return null
      const found = reader.get(ip)
      if (!found) return null
      const city = 'city' in found ? found.city?.names.en : undefined
      return [city, found.country?.names.en].filter(Boolean).join(', ') || null
    },
  }
}
