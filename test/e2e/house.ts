import assert from 'node:assert/strict'
import { openBrowser } from '../support/browser.ts'
import { openPortalWithGoogle } from '../support/google/portal-with-google.ts'
import type { Person } from '../support/people.ts'
import { behindProxy, nextAddress } from '../support/strangers.ts'

type Looks = Parameters<Awaited<ReturnType<typeof openBrowser>>['openWindow']>[0]

export type Guest = Awaited<ReturnType<Awaited<ReturnType<typeof openHouse>>['openWindow']>>

const PATIENCE_MS = 15_000

/** One portal, one offline Google and one browser for a whole file. Everybody has a window and a client address of their own. */
export async function openHouse(people: Person[] = [], settings: Record<string, string> = {}) {
  const both = await openPortalWithGoogle({ people, settings: { ...behindProxy, ...settings } })
  const { portal, google } = both
  const browser = await openBrowser()

  return {
    portal,
    google,

    /** `await using` closes it, and then says what went wrong unseen. */
    async openWindow(looks: Looks = {}) {
      const window = await browser.openWindow(looks)
      const { page } = window
      page.setDefaultTimeout(PATIENCE_MS)
      const moveHouse = () => page.context().setExtraHTTPHeaders({ 'x-forwarded-for': nextAddress() })
      await moveHouse()

      /** Does what leads to another page, and waits until that one is there. */
      async function go(act: () => Promise<unknown>) {
        const arrived = page.waitForEvent('domcontentloaded')
        await act()
        await arrived
      }

      return {
        ...window,
        go,
        /** A client address that has asked for nothing yet. */
        moveHouse,
        open: (path: string) => page.goto(portal.baseUrl + path),
        press: (name: string) => go(() => page.getByRole('button', { name, exact: true }).click()),
        follow: (name: string | RegExp) => go(() => page.getByRole('link', { name }).first().click()),
        see: (text: string | RegExp) => page.getByText(text).first().waitFor(),
        where: () => page.url().replace(portal.baseUrl, ''),

        async type(fields: Record<string, string>) {
          for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text)
        },

        async leaveForGoogle(label = 'Sign in with Google') {
          await page.getByRole('button', { name: label }).click()
          await page.getByRole('heading', { name: 'Choose an account' }).waitFor()
        },

        async [Symbol.asyncDispose]() {
          await window.close()
          const known = [portal.baseUrl, google.issuer]
          const foreign = window.requests.filter((url) => !known.some((origin) => url.startsWith(origin)))
          const { cspViolations, pageErrors, dialogs } = window
          assert.deepEqual(
            { foreign, cspViolations, pageErrors, dialogs },
            { foreign: [], cspViolations: [], pageErrors: [], dialogs: [] },
          )
        },
      }
    },

    async close() {
      await browser.close()
      await both[Symbol.asyncDispose]()
    },
  }
}
