import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { openBrowser } from './browser.ts'

const head = '<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>'
const pages: Record<string, string> = {
  '/good': `${head}<label>Name <input></label><script src="/script"></script></main>`,
  '/bad': `${head}<input><script>alert(1)</script><p style="color: red">Red</p><img src="http://127.0.0.2:9/x.png" alt=""></main>`,
  '/script': "document.title = 'Run'; if (location.hash) { alert('boo'); throw new Error('oops') }",
}

const server = createServer((request, response) => {
  const type = request.url === '/script' ? 'text/javascript' : 'text/html'
  const policy = "default-src 'self'; img-src *"
  response.writeHead(200, { 'content-type': type, 'content-security-policy': policy })
  response.end(pages[request.url ?? ''] ?? '')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

test('a window tells what a visitor does not see: violations, errors, dialogs, requests, barriers', async (t) => {
  const browser = await openBrowser()
  t.after(() => server.close())
  t.after(() => browser.close())

  for (const javaScript of [true, false]) {
    await t.test(`with JavaScript ${javaScript ? 'on' : 'off'}`, async () => {
      const visitor = await browser.openWindow({ javaScript, viewport: { width: 320, height: 640 } })
      await visitor.page.goto(`${origin}/good`)
      assert.equal(await visitor.page.title(), javaScript ? 'Run' : 'A page')
      assert.deepEqual(await visitor.findBarriers(), [])
      assert.deepEqual(visitor.cspViolations, [])
      assert.ok(visitor.requests.every((url) => url.startsWith(origin)))

      await visitor.page.goto(`${origin}/bad`)
      assert.match((await visitor.findBarriers()).join(), /label/)
      assert.match(visitor.cspViolations.join(), /style/)
      if (javaScript) assert.match(visitor.cspViolations.join(), /script-src-elem inline/)
      assert.deepEqual(visitor.dialogs, [])
      assert.ok(visitor.requests.some((url) => !url.startsWith(origin)))
      await visitor.close()
    })
  }

  const visitor = await browser.openWindow()
  await visitor.page.goto(`${origin}/good#x`)
  await visitor.page.waitForLoadState()
  assert.deepEqual(visitor.dialogs, ['boo'])
  assert.match(visitor.pageErrors.join(), /oops/)
})
