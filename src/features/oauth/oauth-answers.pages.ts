import type { Request, Response } from 'express'
import type { AskForProof } from '../../http/ask-for-proof.ts'
import { emptyForm, withError } from '../../http/form.ts'
import { type Resume, toResumeValues } from '../../http/resume.ts'
import type { Trouble } from './oauth.form.ts'

export const BROWSER_COOKIE = 'oauth'

type Again = Resume & { why: string; askForProof: AskForProof }

/** One page, one sentence why, one button. */
export function showTrouble(res: Response, { status, ...model }: Trouble) {
  res.status(status).set('cache-control', 'no-store').render('pages/trouble', model)
}

/** The provider proved nothing; where it refused, its account may have to be connected anew. */
export async function askAgain(req: Request, res: Response, { why, askForProof, ...wish }: Again) {
  res.locals.mayReconnect = true
  await askForProof(req, res.status(422), withError(emptyForm(toResumeValues(wish)), '', why))
}
