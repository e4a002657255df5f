import { LATEST, ONE, printedTest, TWO } from '../../kit/program/printed-test.ts'

printedTest('rebuilding', [
  `squash ${LATEST} --dry-run`,
  `squash ${LATEST} --dry-run --json`,
  `squash ${LATEST} --dry-run --layers 2..3 --remove app/config.json --set env.A=1 --compress none`,
  `squash ${TWO} --dry-run --drop-layer 3`,
  `rebase ${ONE} --new-base ${TWO} --old-base ${LATEST} --dry-run`,
])
