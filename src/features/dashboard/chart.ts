/** How many succeeded and how many were refused in one stretch of time. */
export type Point = { succeeded: number; refused: number }
type Rectangle = { x: number; y: number; width: number; height: number }
/** In units of the drawing. Null for nothing: what is not there is not drawn. */
type Bars = { succeeded: Rectangle | null; refused: Rectangle | null }
export type Chart = {
  width: number
  height: number
  /** The number that the upper edge stands for; the lower one is 0. */
  top: number
  bars: Bars[]
}

const WIDTH = 720
const HEIGHT = 180
/** Of the room for one point: the rest is the gap to the next. */
const FILLED = 0.8
/** However small beside a spike, something is seen. */
const LEAST_HEIGHT = 3
const ROUND_STEPS = [1, 2, 3, 4, 5, 6, 8, 10]

/** Two bars for every point, side by side. Numbers that are none count as 0. */
export function toChart(points: Point[]): Chart {
  const top = toRoundTop(
    Math.max(0, ...points.flatMap(({ succeeded, refused }) => [succeeded, refused].map(clean))),
  )
  const room = points.length > 0 ? WIDTH / points.length : 0
  const width = (room * FILLED) / 2

  const toBar = (value: number, x: number): Rectangle | null => {
    const height = top > 0 ? (clean(value) / top) * HEIGHT : 0
    const seen = height > 0 ? Math.max(LEAST_HEIGHT, height) : 0
    return seen > 0 ? { x, y: HEIGHT - seen, width, height: seen } : null
  }
  const bars = points.map(({ succeeded, refused }, index) => {
    const x = room * index + (room - 2 * width) / 2
    return { succeeded: toBar(succeeded, x), refused: toBar(refused, x + width) }
  })
  return { width: WIDTH, height: HEIGHT, top, bars }
}

function clean(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0
}

/** The next of 1, 2, 3, 4, 5, 6, 8, 10, 20, 30 … that is not below. */
function toRoundTop(most: number): number {
  if (most === 0) return 0
  const size = 10 ** Math.floor(Math.log10(most))
  const step = ROUND_STEPS.find((each) => each * size >= most) ?? 10
  return step * size
}
