import type { Request, Response } from 'express'
import type { Form } from './form.ts'

/** Shows the page that asks who somebody is, with what they were about to do in the values of `form`. */
export type AskForProof = (req: Request, res: Response, form: Form) => Promise<void>
