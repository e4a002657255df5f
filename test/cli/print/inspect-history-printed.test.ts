import { LATEST, ONE, printedTest, TWO } from '../../kit/program/printed-test.ts'

printedTest('documents', [
  `inspect ${LATEST}`,
  `inspect ${LATEST} --layers`,
  `inspect ${LATEST} --json --layers`,
  `inspect ${LATEST} ${ONE} ${TWO} --shared`,
  `inspect ${LATEST} ${ONE} ${TWO} --shared --json`,
  `history ${TWO}`,
  `history ${TWO} --json`,
  `history ${LATEST} --dockerfile`,
  `history ${LATEST} --dockerfile --optimised`,
  `verify ${TWO}`,
  `verify ${TWO} --json`,
  `tags ./weather`,
  `tags ./weather --json`,
  `referrers ${LATEST}`,
])
