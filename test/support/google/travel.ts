/** A browser's way through the provider, with cookies and without a screen. */
export function openTravel(issuer: string) {
  const cookies = new Map<string, string>()

  async function visit(url: string, form?: Record<string, string>) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) cookies.set(name, value)
      else cookies.delete(name)
    }
    return response
  }

  /** Follows redirects for as long as they stay with the provider. */
  async function follow(url: string, form?: Record<string, string>) {
    let response = await visit(url, form)
    let address = url
    while (response.headers.has('location')) {
      address = new URL(response.headers.get('location') ?? '', address).href
      if (new URL(address).origin !== issuer) return { address, hasLeft: true }
      response = await visit(address)
    }
    if (!response.ok) throw new Error(`The provider says ${response.status}: ${await response.text()}`)
    return { address, hasLeft: false }
  }

  return {
    /** Starts at `url` and gives the one form on the way this answer. */
    async answer(url: string, form: Record<string, string>): Promise<string> {
      const question = await follow(url)
      if (question.hasLeft) return question.address
      const end = await follow(question.address, form)
      if (end.hasLeft) return end.address
      throw new Error(`The provider asks again instead of going back to the client: ${end.address}`)
    },
  }
}
