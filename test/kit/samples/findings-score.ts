import { ALL_CASES } from '../../check/corpus/all-cases.ts'
import { finds } from '../../check/corpus/finding-case.ts'
import { INDEPENDENT_ROWS } from '../../check/independent/all-rows.ts'

/** `npm run findings:score`: recall and precision of every rule over the planted corpus. */
type Score = { found: number; missed: number; wrong: number; left: number }

const scores = new Map<string, Score>()
const faults: string[] = []
for (const each of [...ALL_CASES, ...INDEPENDENT_ROWS]) {
  const score = scores.get(each.id) ?? { found: 0, missed: 0, wrong: 0, left: 0 }
  scores.set(each.id, score)
  const found = await finds(each)
  if (each.expected) score[found ? 'found' : 'missed']++
  else score[found ? 'wrong' : 'left']++
  if (found !== each.expected) faults.push(`${each.id}: ${each.expected ? 'missed' : 'wrongly found'}: ${each.name}`)
}

const ratio = (part: number, other: number) => (part + other === 0 ? '    –' : (part / (part + other)).toFixed(3))
const row = (name: string, { found, missed, wrong, left }: Score) =>
  `${name.padEnd(32)} ${ratio(found, missed)}   ${ratio(found, wrong)}    ${String(found + missed).padStart(4)} ${String(wrong + left).padStart(10)}`
const lines = [
  'rule                             recall  precision  must  must not',
  ...[...scores].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, score]) => row(id, score)),
  row(
    'all',
    [...scores.values()].reduce((sum, each) => ({
      found: sum.found + each.found,
      missed: sum.missed + each.missed,
      wrong: sum.wrong + each.wrong,
      left: sum.left + each.left,
    })),
  ),
  ...faults,
]
process.stdout.write(`${lines.join('\n')}\n`)
