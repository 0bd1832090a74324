import assert from 'node:assert/strict'
import { type PageForm, readForms, readHeading, readLinks, readSentences } from './page-forms.ts'
import type { Answer, Visitor } from './visitor.ts'

export type Patient = {
  visitor: Visitor
  /** What they would type into a form, by the name of the field. */
  knows(action: string): Record<string, string>
  /** Where they look when they are told to open the link in their email. */
  openMail(): Promise<Answer>
}
type Sent = { form: PageForm; typed: Record<string, string>; answer: Answer }
/** Where somebody ended, and what they were told on the way. */
export type Ending = { path: string; said: string[] }

const STEPS_AT_MOST = 8
const WORKING = [200, 401, 403, 409, 410, 422]
const SECRET = /(^|_)(password|token|code)$/

export function fill({ action, fields, seen }: PageForm, { knows }: Patient): Record<string, string> {
  const known = Object.entries(knows(action)).filter(([name]) => seen.includes(name))
  return { ...fields, ...Object.fromEntries(known) }
}

/**
 * Goes on as anybody would: reads the sentence, finds what they had typed still there, types again what is secret, and presses the
 * button. Fails on a page that leaves them with nothing to do, or without a word why.
 */
export async function carryOn(patient: Patient, sent: Sent): Promise<Ending> {
  const { visitor } = patient
  const said: string[] = []
  let { answer } = sent
  let path = sent.form.action
  for (let steps = 0; steps < STEPS_AT_MOST; steps++) {
    if (answer.status === 303) {
      path = String(answer.headers.location)
      answer = await visitor.visit(path)
      continue
    }
    assert.ok(WORKING.includes(answer.status), `${answer.status} at ${path}: ${readHeading(answer.text)}`)
    said.push(readSentences(answer.text))
    if (said.at(-1)?.includes('Open the link in our email')) answer = await patient.openMail()
    const form = findNext(answer, sent.form)
    if (!form) {
      assert.ok(answer.status === 200 || readLinks(answer.text).length > 0, `nothing leads on from ${path}`)
      return { path: path.split('?')[0] ?? '', said: said.filter(Boolean) }
    }
    if (answer.status !== 200) assertSaid(answer, form, sent)
    path = form.action
    answer = await visitor.submit(path, fill(form, patient))
  }
  return assert.fail(`no end after ${STEPS_AT_MOST} steps at ${path}: ${said.join(' ')}`)
}

/** The same form again, the page that asks who they are, or the one that goes on from there; null where it is over. */
function findNext({ status, text }: Answer, { action }: PageForm): PageForm | null {
  const forms = readForms(text)
  const again = forms.find((each) => each.action === action)
  if (text.includes('data-resumes')) return again ?? null
  const asksWho = forms.find(({ fields }) => 'return_to' in fields && (status !== 200 || 'typed' in fields))
  const confirms = forms.find((each) => each.action === '/verify-email' && action === '/verify-email/code')
  return (status === 200 ? null : again) ?? asksWho ?? confirms ?? null
}

/** Why it was not taken; and what was typed, in the fields or carried along until it is sent. */
function assertSaid({ text }: Answer, form: PageForm, { form: { action, seen }, typed }: Sent) {
  assert.ok(
    readSentences(text) || form.action === '/reauthenticate',
    `nothing says why ${action} was not taken`,
  )
  const kept = form.action === action ? form.fields : JSON.parse(form.fields.typed ?? '{}')
  for (const name of seen.filter((each) => !SECRET.test(each)))
    assert.equal(kept[name] ?? '', typed[name] ?? '', `what was typed as ${name} of ${action}`)
}
