import assert from 'node:assert/strict'
import type { Guest } from './house.ts'

/** By axe and by the ruler: on a small phone by day, on a desk by night. */
export async function look({ page, findBarriers }: Guest, title: string) {
  assert.equal(await page.title(), `${title} · Gatehouse`)
  for (const [width, colorScheme] of [
    [320, 'light'],
    [1280, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const where = `${title}, ${width} pixels, ${colorScheme}`
    assert.deepEqual(await findBarriers(), [], where)
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, where)
  }
}
