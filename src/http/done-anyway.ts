import { PortalError } from '../errors.ts'

/** What was asked for is done, and stays done where no session could begin after it: null then. */
export function unlessOutage(failure: unknown): null {
  if (isOutage(failure)) return null
  throw failure
}

/** The same for programs: `detail` says that it is done, and what to do next. */
export function sayDone(detail: string) {
  return (failure: unknown): never => {
    if (isOutage(failure)) throw new PortalError('temporarily_unavailable', { cause: failure, detail })
    throw failure
  }
}

function isOutage(failure: unknown): boolean {
  return failure instanceof PortalError && failure.code === 'temporarily_unavailable'
}
