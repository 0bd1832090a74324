import axe, { type AxeResults } from 'axe-core'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

type Looks = {
  javaScript?: boolean
  colorScheme?: 'light' | 'dark'
  viewport?: { width: number; height: number }
  timezoneId?: string
}

const program = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const quietly = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]
/** What playwright switches off and people have: pages kept alive for the Back button. */
const unlikePeoples = ['--disable-back-forward-cache']

export type BrowserWindow = Awaited<ReturnType<Awaited<ReturnType<typeof openBrowser>>['openWindow']>>

/** A Chromium with an empty profile; every window is a visitor of its own, with no cookie yet. */
export async function openBrowser(usualLooks: Looks = {}) {
  const options = { executablePath: program, args: quietly, ignoreDefaultArgs: unlikePeoples }
  const browser = await chromium.launch(options).catch((cause) => {
    const advice = 'On Debian: apt-get install chromium. Elsewhere, CHROMIUM_PATH says where it is.'
    throw new Error(`Chromium does not start from ${program}. ${advice}`, { cause })
  })

  return {
    async openWindow(looks: Looks = {}) {
      const { javaScript = true, colorScheme = 'light', viewport, timezoneId } = { ...usualLooks, ...looks }
      const context = await browser.newContext({
        javaScriptEnabled: javaScript,
        colorScheme,
        viewport,
        timezoneId,
      })
      const seen = await observe(context)
      const page = await context.newPage()
      return {
        page,
        ...seen,
        /** The serious and critical findings of axe, one line each. The page's own policy stays in force. */
        async findBarriers() {
          if (!javaScript) await page.evaluate(runTimersAtOnce)
          return runAxe(page)
        },
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}

/** What went wrong in any tab of a window, and all that it asked the network for. */
async function observe(context: BrowserContext) {
  const cspViolations: string[] = []
  const pageErrors: string[] = []
  const requests: string[] = []
  const dialogs: string[] = []

  await context.exposeBinding('reportCspViolation', (_source, violation: string) => {
    cspViolations.push(violation)
  })
  await context.addInitScript(`
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      reportCspViolation(violatedDirective + ' ' + blockedURI))`)
  context.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && text.includes('Content Security Policy')) cspViolations.push(text)
  })
  context.on('weberror', (failure) => {
    pageErrors.push(failure.error().message)
  })
  context.on('request', (request) => {
    requests.push(request.url())
  })
  context.on('dialog', async (dialog) => {
    dialogs.push(dialog.message())
    await dialog.dismiss()
  })
  return { cspViolations, pageErrors, requests, dialogs }
}

// Without JavaScript a page has no timers, and axe waits for some; the long ones are its patience.
const runTimersAtOnce = 'setTimeout = (work, delayMs = 0) => void (delayMs || Promise.resolve().then(work))'

async function runAxe(page: Page): Promise<string[]> {
  if (await page.evaluate(`typeof axe === 'undefined'`)) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run({ preload: false, resultTypes: ['violations'] })`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target.join(' ')})`))
}
