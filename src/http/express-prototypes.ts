import { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'

/**
 * Requests and answers that have Express' methods from birth. Otherwise Express gives each one another prototype, and the engine
 * then reads all its properties the slow way.
 */
export function bornForExpress({ request, response }: Express) {
  return {
    IncomingMessage: withPrototype(IncomingMessage, request),
    ServerResponse: withPrototype(ServerResponse, response),
  }
}

/** Not a subclass: Express looks for exactly this prototype. */
function withPrototype<C extends new (...given: never[]) => object>(base: C, prototype: object): C {
  function Born(...given: unknown[]) {
    return Reflect.construct(base, given, Born)
  }
  Born.prototype = prototype
  return Born as unknown as C
}
