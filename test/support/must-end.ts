import { after } from 'node:test'

const PATIENCE_MS = 5_000

// Loaded before every test file: one whose tests are done but that does not end says what holds it, and ends with their outcome.
after(() => {
  setTimeout(() => {
    const holders = process.getActiveResourcesInfo().join(', ')
    console.error(`${process.argv[1]}: all tests are done, but these hold the process: ${holders}`)
    process.exit()
  }, PATIENCE_MS).unref()
})
