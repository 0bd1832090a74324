import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openAssets } from './assets.ts'
import { type Brand, usualShades, writeBrandStyle } from './brand.ts'
import { writeMostUsedPasswords } from './most-used-passwords.ts'

type Settings = { environment: string; dataDir: string; brand: Brand }

const LOGO_NAMES = ['logo.svg', 'logo.png', 'logo.webp']
const favicon = new URL('../../public/img/favicon.svg', import.meta.url)

/** Every file that this portal's pages may need, including its own colours and logo. `logo` is null where our own mark is shown. */
export function openPortalFiles({ environment, dataDir, brand }: Settings) {
  const logo = LOGO_NAMES.find((name) => existsSync(join(dataDir, name)))
  const assets = openAssets({
    isKept: environment !== 'development',
    made: { '/js/most-used-passwords.js': writeMostUsedPasswords, ...(brand.color && paint(brand)) },
    files: logo ? { [`/img/${logo}`]: join(dataDir, logo) } : {},
  })
  return { assets, logo: brand.logoUrl ?? (logo ? assets.address(`/img/${logo}`) : null) }
}

function paint({ shades }: Brand) {
  return {
    '/css/brand.css': () => writeBrandStyle(shades),
    '/img/favicon.svg': () =>
      readFileSync(favicon, 'utf8').replaceAll(usualShades.light.brand, shades.light.brand),
  }
}
