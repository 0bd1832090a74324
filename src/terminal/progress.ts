import { clearLine, cursorTo } from 'node:readline'

const WIDTH = 30
const SHOWN_AT_MOST_EVERY_MS = 100

/** A line on standard error that says how far something long has come. Where that is no terminal, nothing is shown. */
export function openProgress(what: string, terminal = process.stderr) {
  let shownAtMs = Number.NEGATIVE_INFINITY

  return {
    show(done: number, total: number) {
      if (!terminal.isTTY || performance.now() - shownAtMs < SHOWN_AT_MOST_EVERY_MS) return
      shownAtMs = performance.now()
      cursorTo(terminal, 0)
      terminal.write(`${what} ${toBar(total > 0 ? Math.min(1, done / total) : 0)}`)
    },
    end() {
      if (!terminal.isTTY) return
      cursorTo(terminal, 0)
      clearLine(terminal, 1)
    },
  }
}

function toBar(share: number): string {
  const filled = Math.round(share * WIDTH)
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)}%`
}
