import { ONE, printedTest, TWO } from '../../kit/program/printed-test.ts'

printedTest('differences', [
  `diff ${ONE} ${TWO}`,
  `diff ${ONE} ${TWO} --json`,
  `diff ${ONE} ${TWO} --markdown`,
  `diff ${TWO} ${ONE} --markdown`,
  `diff ${ONE} ${ONE} --markdown`,
  `diff ${ONE} ${TWO} --stat`,
  `diff ${ONE} ${TWO} --tree`,
  `diff ${ONE} ${TWO} --files`,
  `diff ${ONE} ${TWO} --files --json`,
  `diff ${ONE} ${TWO} --packages`,
  `diff ${ONE} ${TWO} --semantic`,
  `diff ${ONE} ${TWO} --content usr/share/libssl`,
  `diff ${TWO} --layer 2`,
  `diff ${TWO} 2..3`,
  `diff ${TWO} --layer 3 --stat`,
])
