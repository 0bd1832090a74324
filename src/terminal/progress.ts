import { clearLine, cursorTo } from 'node:readline'

export type Progress = { add(count: number): void; end(): void }

const WIDTH = 30
const SHOWN_AT_MOST_EVERY_MS = 100

/** A line on standard error that says how far something long has come. Where that is no terminal, nothing is shown. */
export function openProgress(what: string, total: number, terminal = process.stderr): Progress {
  let done = 0
  let shownAtMs = performance.now()

  return {
    add(count) {
      done += count
      if (!terminal.isTTY || performance.now() - shownAtMs < SHOWN_AT_MOST_EVERY_MS) return
      shownAtMs = performance.now()
      cursorTo(terminal, 0)
      terminal.write(`${what} ${toBar(Math.min(1, done / total))}`)
      clearLine(terminal, 1)
    },
    end() {
      if (!terminal.isTTY) return
      cursorTo(terminal, 0)
      clearLine(terminal, 0)
    },
  }
}

function toBar(share: number): string {
  const filled = Math.round(share * WIDTH)
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(share * 100)}%`
}
