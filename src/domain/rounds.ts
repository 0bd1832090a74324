type Rounds = { work: () => Promise<void>; firstAfterMs: number; everyMs: number }

/** Does the work again and again, with this pause between the end of one round and the next. It must not reject. */
export function createRounds({ work, firstAfterMs, everyMs }: Rounds) {
  let timer: NodeJS.Timeout | null = null
  let isClosed = false

  function workAfter(ms: number) {
    if (!isClosed) timer = setTimeout(() => work().finally(() => workAfter(everyMs)), ms).unref()
  }

  return {
    begin: () => workAfter(firstAfterMs),
    isClosed: () => isClosed,
    close() {
      isClosed = true
      if (timer) clearTimeout(timer)
    },
  }
}
