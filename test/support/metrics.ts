import type { Portal } from './portal.ts'

export const METRICS_TOKEN = 'a-token-that-only-the-monitoring-of-tests-has'

/** Every series by its name and labels, as in `gatehouse_sign_ins_total{method="password",result="refused"}`. */
export function readSeries(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

/** As Prometheus does it. */
export async function scrape({ client }: Pick<Portal, 'client'>): Promise<Map<string, number>> {
  const { status, text } = await client.get('/metrics', METRICS_TOKEN)
  if (status !== 200) throw new Error(`/metrics answered ${status}`)
  return readSeries(text)
}
