import { createRequire } from 'node:module'
import type { Oklch } from 'culori'

export type Shade = { brand: string; onBrand: string }
export type Shades = { light: Shade; dark: Shade }
export type Brand = {
  /** Null where the stylesheet's own colours stand. */
  color: string | null
  shades: Shades
  logoUrl: string | null
  termsUrl: string | null
  privacyUrl: string | null
  supportEmail: string | null
}

/** The backgrounds behind the brand's colour, as in public/css/app.css. */
export const SURFACES: Record<'light' | 'dark', string[]> = {
  light: ['#ffffff', '#f5f6f8', '#f7f8fa'],
  dark: ['#17191f', '#0e1014', '#101216'],
}
/** WCAG 2.2 §1.4.3 wants 4.5:1 for text; on dark ground, more is easier to read. */
const MIN_CONTRAST = { light: 4.5, dark: 7 }
const STEPS = 400

/** Without BRAND_COLOR; the same as in public/css/app.css. */
export const usualShades: Shades = {
  light: { brand: '#3a53c5', onBrand: '#ffffff' },
  dark: { brand: '#a9b7ff', onBrand: '#11152e' },
}

/** Null for a colour (`#rrggbb`) that is readable on a light background; else how far it falls short, and the nearest that does not. */
export function findColorProblem(color: string): string | null {
  const { wcagContrast } = culori()
  const least = Math.min(...SURFACES.light.map((surface) => wcagContrast(color, surface)))
  if (least >= MIN_CONTRAST.light) return null
  return `is too light to be read: its contrast is ${least.toFixed(1)}:1 and must be ${MIN_CONTRAST.light}:1; ${shift(color, 'light')} would do`
}

/** The colour as given for light backgrounds, and lightened enough for dark ones. */
export function toShades(color: string): Shades {
  return {
    light: { brand: color.toLowerCase(), onBrand: '#ffffff' },
    dark: { brand: shift(color, 'dark'), onBrand: '#0e1116' },
  }
}

/** The nearest readable colour of the same hue. */
function shift(color: string, ground: keyof typeof SURFACES): string {
  const { converter, clampChroma, formatHex, wcagContrast } = culori()
  const start = converter('oklch')(color) as Oklch
  const end = ground === 'light' ? 0 : 1
  for (let step = 0; step <= STEPS; step++) {
    const l = start.l + ((end - start.l) * step) / STEPS
    const shade = formatHex(clampChroma({ ...start, l }, 'oklch'))
    if (SURFACES[ground].every((surface) => wcagContrast(shade, surface) >= MIN_CONTRAST[ground]))
      return shade
  }
  throw new Error(`no shade of ${color} can be read`)
}

/** Loaded only by those who set a colour. */
function culori(): typeof import('culori') {
  return createRequire(import.meta.url)('culori')
}

/** Follows public/css/app.css and replaces its brand. */
export function writeBrandStyle({ light, dark }: Shades): string {
  const toRule = ({ brand, onBrand }: Shade) => `:root { --brand: ${brand}; --brand-contrast: ${onBrand}; }`
  return `${toRule(light)}\n@media (prefers-color-scheme: dark) { ${toRule(dark)} }\n`
}
