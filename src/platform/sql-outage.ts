import { PortalError } from '../errors.ts'

type Cause = { kind: string; code?: string; extendedCode?: number }

/** Errors without a code come from the driver: no answer in time, or no connection. */
const DRIVER_ERRORS = ['Error', 'DriverAdapterError', 'PrismaClientInitializationError']
/** Prisma: not reached, no connection or transaction in time, write conflict. */
const PRISMA_CODES = /^P(1\d{3}|2024|2028|2034)$/
const PRISMA_KINDS = [
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionAlreadyClosed',
  'TransactionWriteConflict',
]
/** PostgreSQL's SQLSTATE: no connection, read-only, deadlock, full, shutting down, disk broken. */
const POSTGRES_STATES = /^(08|25006|40|53|57|58)/
/** SQLite's primary result: busy, locked, no memory, read-only, disk broken, full, file missing. */
const SQLITE_RESULTS = [5, 6, 7, 8, 10, 13, 14]

/** For `catch`: failures of SQL itself become `temporarily_unavailable`; errors about the data stay. */
export function rethrowOutage(error: unknown): never {
  throw isOutage(error) ? toOutage(error) : error
}

export function toOutage(cause: unknown): PortalError {
  return new PortalError('temporarily_unavailable', { cause })
}

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof PortalError) return false
  const { code, meta } = error as { code?: string; meta?: { driverAdapterError?: { cause?: Cause } } }
  if (code === undefined) return DRIVER_ERRORS.includes(error.name)
  const cause = meta?.driverAdapterError?.cause
  if (cause?.kind === 'postgres') return POSTGRES_STATES.test(cause.code ?? '')
  if (cause?.kind === 'sqlite') return SQLITE_RESULTS.includes((cause.extendedCode ?? 0) & 0xff)
  return cause ? PRISMA_KINDS.includes(cause.kind) : PRISMA_CODES.test(code)
}
