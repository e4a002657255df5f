import { LATEST, ONE, printedTest, TWO } from '../../kit/program/printed-test.ts'

printedTest('checks', [
  `check ${ONE}`,
  `check ${LATEST} --format markdown`,
  `check ${LATEST} --format json`,
  `check ${LATEST} ${ONE} --format gitlab`,
  `check ${LATEST} ${ONE} --format github`,
  `check ${LATEST} ${ONE} --format junit`,
  ...['gitlab', 'github', 'junit', 'markdown', 'text'].map(format => `check ${ONE} --format ${format} --lowest-efficiency 0.999`),
  `check ${LATEST} --bandwidth 8Mbit`,
  `check ${ONE} --against ${TWO}`,
  'check --explain secret/private-key',
])
