// The package has no types: these are the parts that honest-google.ts uses.
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  export type Context = {
    type: string
    body: unknown
    set(headers: Record<string, string>): void
    oidc: {
      session: { accountId: string }
      client: { clientId: string; redirectUris: string[] }
      params: { scope: string }
    }
  }

  class Grant {
    constructor(of: { accountId: string; clientId: string })
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, settings: Record<string, unknown>)
    Grant: typeof Grant
    callback(): RequestListener
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<{ uid: string }>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: Record<string, unknown>,
      options: { mergeWithLastSubmission: boolean },
    ): Promise<void>
  }

  type Policy = { add(prompt: unknown): void }
  export const interactionPolicy: {
    base(): Policy
    Prompt: new (settings: { name: string; requestable: boolean }) => unknown
  }
}
