import { fileURLToPath } from 'node:url'
import ejs from 'ejs'

export type LetterText = { subject: string; text: string; html: string }

const folder = fileURLToPath(new URL('../../views/emails/', import.meta.url))
const SUBJECT_LINE = /^Subject: (.+)\n\n/

/** Both forms of a letter. The first line of the text form is its subject. */
export async function renderLetter(template: string, model: Record<string, unknown>): Promise<LetterText> {
  const [text, html] = await Promise.all([
    ejs.renderFile(`${folder}${template}.txt.ejs`, model, { escape: String, cache: true }),
    ejs.renderFile(`${folder}${template}.html.ejs`, model, { cache: true }),
  ])
  const subject = SUBJECT_LINE.exec(text)?.[1]
  if (!subject) throw new Error(`views/emails/${template}.txt.ejs does not begin with its subject`)
  return { subject, text: text.replace(SUBJECT_LINE, ''), html }
}
