const HEADERS_TIMEOUT_MS = 5_000
const TOTAL_TIMEOUT_MS = 10_000
const BODY_LIMIT_BYTES = 1_048_576

/** fetch for servers that may be slow, endless or lead elsewhere: rejects after 5 s without an answer, 10 s or 1 MB in all. */
export async function boundedFetch(url: string, options: RequestInit = {}): Promise<Response> {
  const headers = new AbortController()
  const timer = setTimeout(() => headers.abort(new Error('no answer in time')), HEADERS_TIMEOUT_MS)
  const signal = AbortSignal.any([headers.signal, AbortSignal.timeout(TOTAL_TIMEOUT_MS)])
  try {
    const response = await fetch(url, { ...options, redirect: 'error', signal })
    clearTimeout(timer)
    return new Response(await readBody(response), { status: response.status, headers: response.headers })
  } finally {
    clearTimeout(timer)
  }
}

async function readBody(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > BODY_LIMIT_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
