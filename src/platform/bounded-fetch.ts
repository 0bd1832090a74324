type Limits = { headersMs: number; totalMs: number; bodyBytes: number }

const USUAL: Limits = { headersMs: 5_000, totalMs: 10_000, bodyBytes: 1_048_576 }

/** fetch for servers that may be slow, endless or lead elsewhere: rejects after 5 s without an answer, 10 s or 1 MB in all. */
export async function boundedFetch(
  url: string,
  { limits = {}, signal, ...options }: RequestInit & { limits?: Partial<Limits> } = {},
): Promise<Response> {
  const { headersMs, totalMs, bodyBytes } = { ...USUAL, ...limits }
  const headers = new AbortController()
  const timer = setTimeout(() => headers.abort(new Error('no answer in time')), headersMs)
  const signals = [headers.signal, AbortSignal.timeout(totalMs), ...(signal ? [signal] : [])]
  try {
    const response = await fetch(url, { ...options, redirect: 'error', signal: AbortSignal.any(signals) })
    clearTimeout(timer)
    const body = await readBody(response, bodyBytes)
    return new Response(body, { status: response.status, headers: response.headers })
  } finally {
    clearTimeout(timer)
  }
}

async function readBody({ body }: Response, limitBytes: number): Promise<Buffer<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > limitBytes) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return size > 0 ? Buffer.concat(chunks) : null
}
