import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { readConfig } from '../../src/config.ts'
import {
  listSampleMails,
  type SampleReader,
  sampleReaders,
} from '../../src/domain/outgoing-mail/mail-samples.ts'
import type { MailContent } from '../../src/domain/outgoing-mail/outgoing-mail.ts'
import { type LetterText, renderLetter } from '../../src/platform/letter-templates.ts'

const baseUrl = 'https://portal.example'
const { brand } = readConfig({ SUPPORT_EMAIL: 'help@portal.example' })
const portal = { name: 'Acme & <Sons>', baseUrl, ...brand }
const folder = new URL('../../views/emails/', import.meta.url)
const MAY_BE_LONGER = /^https?:\/\/\S+$/
const INVISIBLE = /[^\P{C}\n]|[\u2028\u2029]/u

type Written = LetterText & { of: string; data: MailContent['data'] & { name: string | null; link?: string } }

async function writeAllTo(reader: SampleReader): Promise<Written[]> {
  const mails = listSampleMails(reader, baseUrl)
  return Promise.all(
    mails.map(async ({ template, data }) => ({
      ...(await renderLetter(template, { ...data, portal })),
      of: template,
      data,
    })),
  )
}

test('every email has a sample, so that none goes out without having been looked at', () => {
  const written = new Set(listSampleMails(sampleReaders.ordinary, baseUrl).map(({ template }) => template))
  const files = readdirSync(folder).sort()
  assert.deepEqual(files, [...written].flatMap((name) => [`${name}.html.ejs`, `${name}.txt.ejs`]).sort())
})

for (const [who, reader] of Object.entries(sampleReaders)) {
  test(`every email to somebody with names of this kind says the same as text and as HTML: ${who}`, async () => {
    for (const { of, text, html } of await writeAllTo(reader)) {
      assert.deepEqual(listSentences(toReadText(html)), listSentences(toSaidText(text)), of)
    }
  })

  test(`every email has one button with a link that the text has in full, or nothing to do: ${who}`, async () => {
    for (const { of, text, html, data } of await writeAllTo(reader)) {
      const buttons = [...html.matchAll(/<a class="button" href="([^"]*)"/g)].map(([, href]) => href)
      assert.deepEqual(buttons, data.link ? [data.link] : [], of)
      if (data.link) assert.ok(text.split('\n').includes(data.link), of)
    }
  })

  test(`every email is readable in dark mode and loads nothing: ${who}`, async () => {
    for (const { of, html } of await writeAllTo(reader)) {
      assert.match(html, /<meta name="color-scheme" content="light dark">/, of)
      assert.match(html, /prefers-color-scheme: dark/, of)
      assert.doesNotMatch(html, /<(img|link|script)|<[^>]*\s(src|background)=|url\(|@import/i, of)
    }
  })

  test(`no line of the text is longer than 78 characters, links aside: ${who}`, async () => {
    for (const { of, text } of await writeAllTo(reader)) {
      const long = text.split('\n').filter((line) => [...line].length > 78 && !MAY_BE_LONGER.test(line))
      assert.deepEqual(long, [], of)
    }
  })

  test(`the subject is one short line, and names change nothing in it: ${who}`, async () => {
    const ordinary = await writeAllTo(sampleReaders.ordinary)
    for (const [at, { of, subject }] of (await writeAllTo(reader)).entries()) {
      assert.equal(subject, ordinary[at]?.subject, of)
      assert.ok(subject.replace(portal.name, '').length <= 60, subject)
      assert.doesNotMatch(subject, INVISIBLE, of)
      assert.doesNotMatch(subject, /&amp;|&lt;/, of)
    }
  })

  test(`what people are called breaks out of nothing: ${who}`, async () => {
    // REG-03, REG-04
    const tags = (html: string) => [...html.matchAll(/<\/?([a-z0-9!]+)/gi)].map(([, name]) => name)
    const ordinary = await writeAllTo(sampleReaders.ordinary)
    for (const [at, { of, text, html, data }] of (await writeAllTo(reader)).entries()) {
      assert.deepEqual(tags(html), tags(ordinary[at]?.html ?? ''), of)
      assert.doesNotMatch(text + html, INVISIBLE, of)
      assert.doesNotMatch(text, /^(bcc|subject):/im, of)
      assert.doesNotMatch(text + html, /\b49\b|undefined|null|\[object/, of)
      assert.ok(html.includes('Acme &amp; &lt;Sons&gt;') && text.includes(portal.name), of)
      const name = reader.name.slice(0, 12).replace(' ', '')
      if (data.name) assert.ok(text.replace(/\s/g, '').startsWith(`Hello${name}`), of)
    }
  })
}

/** What a reader of the HTML reads between greeting and footer. The way out of a broken button is the link of the text. */
function toReadText(html: string): string {
  const [, sheet = ''] = /<h1[^>]*>[\s\S]*?<\/h1>([\s\S]*?)<p class="foot/.exec(html) ?? []
  return sheet
    .replace(/<p[^>]*><a class="button"[\s\S]*?<\/a><\/p>/g, '')
    .replace(/<p[^>]*>If the button doesn’t work[\s\S]*?<\/p>/g, '')
    .replace(/<br>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/[“”]/g, '"')
    .replaceAll('’', "'")
}

function toSaidText(text: string): string {
  const [said = ''] = text.split('\n-- \n')
  return said
    .split('\n')
    .filter((line) => !MAY_BE_LONGER.test(line))
    .join(' ')
}

/** A name that was cut to fit a line is compared without its spaces. */
function listSentences(text: string): string[] {
  return text
    .split(/(?<=[.?!:])\s+/)
    .map((sentence) => sentence.replace(/\s+/g, ''))
    .filter(Boolean)
}
