import type { Request } from 'express'

/** For the API, wherever a password is wrong or one must wait. A page has a link instead. */
export function withResetHint({ app }: Request, sentence: string): string {
  return app.locals.sendsMail ? `${sentence} If you’ve forgotten your password, you can reset it.` : sentence
}
