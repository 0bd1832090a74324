import { fileURLToPath } from 'node:url'
import ejs from 'ejs'

export type LetterText = { subject: string; text: string; html: string }

const folder = fileURLToPath(new URL('../../views/emails/', import.meta.url))
const SUBJECT_LINE = /^Subject: (.+)\n\n/
/** RFC 5322 §2.1.1 recommends 78 at most. */
const LINE_LENGTH = 76
/** Characters that nobody sees: they end lines, or turn the text after them round. */
const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu

/**
 * Both forms of a letter. The first line of the text form is its subject. Whatever a name in the model holds, it ends no line and
 * turns no other text round.
 */
export async function renderLetter(template: string, model: Record<string, unknown>): Promise<LetterText> {
  const tame = toTame(model)
  const [text, html] = await Promise.all([
    ejs.renderFile(`${folder}${template}.txt.ejs`, tame, { escape: String, cache: true }),
    ejs.renderFile(`${folder}${template}.html.ejs`, tame, { cache: true }),
  ])
  const subject = SUBJECT_LINE.exec(text)?.[1]
  if (!subject) throw new Error(`views/emails/${template}.txt.ejs does not begin with its subject`)
  return { subject, text: text.replace(SUBJECT_LINE, '').split('\n').map(wrap).join('\n'), html }
}

function toTame<T>(model: T): T {
  const text = JSON.stringify(model, (_key, value) =>
    typeof value === 'string' ? value.replaceAll(INVISIBLE, ' ') : value,
  )
  return JSON.parse(text)
}

/** Between words; a link stays whole, and a name without an end is cut. */
function wrap(line: string): string {
  const lines = ['']
  for (const word of line.split(' ').flatMap(toPieces)) {
    const longer = `${lines.at(-1)} ${word}`.trimStart()
    if (toLength(longer) <= LINE_LENGTH || lines.at(-1) === '') lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.join('\n')
}

function toPieces(word: string): string[] {
  if (/^https?:/.test(word) || toLength(word) <= LINE_LENGTH) return [word]
  const letters = [...word]
  const pieces = Math.ceil(letters.length / LINE_LENGTH)
  return Array.from({ length: pieces }, (_, at) =>
    letters.slice(at * LINE_LENGTH, (at + 1) * LINE_LENGTH).join(''),
  )
}

const toLength = (text: string) => [...text].length
