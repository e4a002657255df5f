import type { Row } from '../bench/bench-kit.ts'
import { figure, readRecord } from '../bench/record.ts'
import { cell } from './command-pages.ts'

/** Rows of the bench that the README shows, by their names. */
const SHOWN: readonly string[] = [
  '--version : bare node',
  'inspect of a layout',
  '1 GB in 9 layers, cold, all verified: native floor',
  '1 GB in 9 layers, cold: umoci raw unpack',
  '1 GB in 9 layers, cold: memory',
  '1 GB in 9 layers, warm, whole process',
  '1,000,000 files: memory',
  'pull of the 1 GB image to a layout: skopeo copy',
  'pull with full analysis: pull, then analysis',
  'push of the 1 GB image: skopeo copy',
  'full squash to gzip: buildah commit --squash',
  'full squash to zstd, beside gzip',
  'copy between layouts: skopeo copy',
]

const HEAD = '| measured : beside | | limit | peel : beside |\n|---|---|---|---|'
const recorded = () => Object.entries(readRecord().modules)

/** Rows of the README's part on speed; those that were not recorded yet are left out. */
function shownRows(): readonly Row[] {
  const rows = recorded().flatMap(([, { rows }]) => rows)
  return SHOWN.flatMap(name => rows.filter(row => row.name === name))
}

/** Every row of the committed result, by module, with where it was measured. */
export function speedPage(): string {
  const sections = recorded().map(
    ([name, { commit, machine, rows }]) => `## ${name}\n\nAt ${commit}, on ${machine}.\n\n${table(rows)}`,
  )
  const words =
    'The committed result of `npm run bench -- --record`. Machines differ and are noisy: ratios are of programs run by turns in one run, losses included.'
  return `# Speed\n\n${[words, ...sections].join('\n\n')}\n`
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    row => `| ${cell(row.name)} | ${figure(row)} | ${figure({ actual: row.limit, unit: row.unit })} | ${cell(row.detail)} |`,
  )
  return [HEAD, ...lines].join('\n')
}

/** The README with the table in its part on speed, once there is a result. */
export function withSpeed(readme: string): string {
  const rows = shownRows()
  if (rows.length === 0) return readme
  return readme.replace(/(\n## How fast\n[^|]*)(?:\|.*\n)+/, (_, before: string) => `${before}${table(rows)}\n`)
}
