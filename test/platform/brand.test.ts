import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { wcagContrast } from 'culori'
import fc from 'fast-check'
import { findColorProblem, SURFACES, toShades, usualShades } from '../../src/platform/brand.ts'

const color = fc
  .integer({ min: 0, max: 0xffffff })
  .map((number) => `#${number.toString(16).padStart(6, '0')}`)
const least = (brand: string, grounds: string[]) =>
  Math.min(...grounds.map((each) => wcagContrast(brand, each)))

test('a brand colour is readable everywhere, in light and dark, or is refused with one that is', () => {
  fc.assert(
    fc.property(color, (wanted) => {
      const problem = findColorProblem(wanted)
      const usable = problem ? (/#[0-9a-f]{6}(?= would do)/.exec(problem)?.[0] ?? '') : wanted
      assert.equal(findColorProblem(usable), null, `${wanted}: ${problem}`)

      const { light, dark } = toShades(usable)
      assert.equal(light.brand, usable)
      assert.ok(least(light.brand, SURFACES.light) >= 4.5, usable)
      assert.ok(least(dark.brand, SURFACES.dark) >= 4.5, usable)
      for (const { brand, onBrand } of [light, dark]) assert.ok(wcagContrast(brand, onBrand) >= 4.5, usable)
    }),
  )
})

test('a colour that is already light enough for dark ground stays as it is there', () => {
  assert.equal(findColorProblem('#ffd400')?.includes('would do'), true)
  assert.equal(toShades('#ffd400').dark.brand, '#ffd400')
})

test('brand colours are checked against the backgrounds of the stylesheet', () => {
  const css = readFileSync(new URL('../../public/css/app.css', import.meta.url), 'utf8')
  const [light = '', dark = ''] = css.split('@media (prefers-color-scheme: dark)')
  for (const [sheet, grounds, shade] of [
    [light, SURFACES.light, usualShades.light],
    [dark, SURFACES.dark, usualShades.dark],
  ] as const) {
    assert.deepEqual(
      ['card', 'page', 'sunken'].map((name) => readToken(sheet, name)),
      grounds,
    )
    assert.deepEqual(
      [readToken(sheet, 'brand'), readToken(sheet, 'brand-contrast')],
      [shade.brand, shade.onBrand],
    )
  }
})

/** `#fff` is `#ffffff`. */
function readToken(sheet: string, name: string): string {
  const [, value = ''] = new RegExp(`--${name}: (#[0-9a-f]+);`).exec(sheet) ?? []
  return value.length === 4 ? value.replaceAll(/[0-9a-f]/g, '$&$&') : value
}
