import { type Check, type Finding, problem, toReason } from './finding.ts'

export type DoctorService = ReturnType<typeof createDoctorService>

/** Looks at everything that a portal needs, and at what it holds. */
export function createDoctorService(checks: Record<string, Check>) {
  async function run(about: string, check: Check, options: { fixes: boolean }): Promise<Finding[]> {
    return check(options).catch((error) => [
      problem(
        about,
        `could not be checked: ${toReason(error)}`,
        'Mend what is named above, and run this again.',
      ),
    ])
  }

  return {
    /** One check after the other; none keeps another from being made. */
    async examine(options: { fixes: boolean }): Promise<Finding[]> {
      const findings: Finding[] = []
      for (const [about, check] of Object.entries(checks))
        findings.push(...(await run(about, check, options)))
      return findings
    },
  }
}
