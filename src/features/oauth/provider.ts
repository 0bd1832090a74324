import type { Purpose } from '../../domain/oauth-attempt/oauth-attempt.repository.ts'

/** What a provider says about the person who signed in, verified. */
export type ProviderProfile = {
  subject: string
  /** In the portal's one spelling; null when the provider named no usable one. */
  email: string | null
  /** The same where the provider says that it belongs to them, else null. */
  provedEmail: string | null
  /** The provider speaks for the address: it is verified, and its mailbox is the provider's own. */
  isSpokenFor: boolean
  name: string | null
  /** When they proved it to the provider; null when it did not say, `untold` when it never says. */
  authenticatedAt: Date | 'untold' | null
}

/** For a proof, anybody already signed in at the provider must prove it again. */
export type AuthorizationRequest = { state: string; codeVerifier: string; nonce: string; purpose: Purpose }
/** What came back through the browser. `issuer` is the claimed sender (RFC 9207), null when none is named. */
export type AuthorizationResponse = { code: string; issuer: string | null }

/** An OpenID Connect provider. Both throw a ProviderFailure. */
export type Provider = {
  name: 'google'
  authorize(request: AuthorizationRequest): Promise<URL>
  exchange(
    response: AuthorizationResponse,
    request: Pick<AuthorizationRequest, 'codeVerifier' | 'nonce'>,
  ): Promise<ProviderProfile>
}

/** `unavailable`: it did not answer in time or sensibly. `refused`: it answered, and the answer cannot be trusted. */
export class ProviderFailure extends Error {
  override name = 'ProviderFailure'
  readonly reason: 'unavailable' | 'refused'
  constructor(reason: 'unavailable' | 'refused', message: string, options?: { cause: unknown }) {
    super(message, options)
    this.reason = reason
  }
}
