import { LATEST, printedTest, TWO } from '../../kit/program/printed-test.ts'

printedTest('waste', [
  `waste ${LATEST}`,
  `waste ${LATEST} --json`,
  `waste ${TWO} --top 1`,
  `waste ${LATEST} --dry-run-squash`,
  `usage ./weather`,
  `usage ./weather --json`,
  `usage ./weather --matrix`,
  'prune ./weather',
  'prune ./weather --json',
  'prune ./weather --match o*',
  'prune ./weather --keep-last 2',
  'usage ./weather --older-than 30d --match t* --json',
])
