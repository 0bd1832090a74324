import type { Socket } from 'node:net'

type Limits = { readWithinMs: number; readBytesPerSecond: number }
/** How much had been taken of all that was written, and since when it has been no more. */
type Wait = { taken: number; sinceMs: number }

/**
 * What is written at once has to be taken within `readWithinMs`, and a second more for every `readBytesPerSecond` of it. Reading a
 * byte now and then helps nobody: the kernel takes more only when a third of its buffer is free.
 */
export function createSlowReaders({ readWithinMs, readBytesPerSecond }: Limits) {
  const waits = new WeakMap<Socket, Wait>()

  function isTooSlow(socket: Socket, nowMs: number): boolean {
    const left = socket.writableLength
    if (left === 0) return false
    const taken = socket.bytesWritten - left
    const known = waits.get(socket)
    const wait = known?.taken === taken ? known : { taken, sinceMs: nowMs }
    waits.set(socket, wait)
    return nowMs - wait.sinceMs > readWithinMs + (left / readBytesPerSecond) * 1000
  }

  return {
    /** To be called again and again. A reset, unlike an end, frees what the kernel still holds for them. How many they were. */
    cut(sockets: Iterable<Socket>): number {
      const slow = [...sockets].filter((socket) => isTooSlow(socket, performance.now()))
      for (const socket of slow) socket.resetAndDestroy()
      return slow.length
    },
  }
}
