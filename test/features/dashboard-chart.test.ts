import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Chart, type Point, toChart } from '../../src/features/dashboard/chart.ts'

const listBars = ({ bars }: Chart) => bars.flatMap(({ succeeded, refused }) => [succeeded, refused])
const listShown = (chart: Chart) => listBars(chart).filter((bar) => bar !== null)
const quiet = (count: number): Point[] => Array.from({ length: count }, () => ({ succeeded: 0, refused: 0 }))

test('whatever the numbers are, every bar is inside the drawing and none lies on another', () => {
  const number = fc.oneof(
    fc.nat(),
    fc.double(),
    fc.constantFrom(0, 1, Number.MAX_VALUE, Number.MIN_VALUE, -1),
  )
  const point = fc.record({ succeeded: number, refused: number })
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), (points) => {
      const chart = toChart(points)
      let rightmost = 0
      assert.equal(chart.bars.length, points.length)
      for (const { x, y, width, height } of listShown(chart)) {
        for (const each of [x, y, width, height]) assert.ok(Number.isFinite(each))
        assert.ok(width > 0 && height > 0 && x >= rightmost - 1e-6 && y >= 0)
        assert.ok(x + width <= chart.width + 1e-6 && y + height <= chart.height + 1e-6)
        rightmost = x + width
      }
    }),
  )
})

test('a bar is shown for every number above 0, and a higher one for a higher number', () => {
  const count = fc.integer({ min: 0, max: 1_000_000 })
  fc.assert(
    fc.property(fc.array(fc.record({ succeeded: count, refused: count }), { maxLength: 40 }), (points) => {
      const chart = toChart(points)
      const numbers = points.flatMap(({ succeeded, refused }) => [succeeded, refused])
      const heights = listBars(chart).map((bar) => bar?.height ?? 0)
      for (const [index, number] of numbers.entries()) {
        assert.equal(Number(heights[index]) > 0, number > 0)
        for (const [other, than] of numbers.entries())
          if (number > than) assert.ok(Number(heights[index]) >= Number(heights[other]))
      }
      assert.ok(chart.top >= Math.max(0, ...numbers))
    }),
  )
})

test('a chart of nothing draws nothing', () => {
  for (const points of [[], quiet(1), quiet(24)]) {
    const chart = toChart(points)
    assert.equal(chart.top, 0)
    assert.deepEqual(listShown(chart), [])
  }
})

test('a chart of one point draws it, and days beside a spike can still be seen', () => {
  const one = toChart([{ succeeded: 3, refused: 0 }])
  assert.deepEqual([one.top, listShown(one).length], [3, 1])

  const days = quiet(29).map(() => ({ succeeded: 1, refused: 0 }))
  const spike = toChart([...days, { succeeded: 2_000_000, refused: 40 }])
  assert.equal(spike.top, 2_000_000)
  assert.deepEqual(
    listShown(spike).filter(({ height }) => height < 2),
    [],
  )
  assert.equal(listShown(spike).length, 31)
})
