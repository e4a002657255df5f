import { printedTest, TWO } from '../../kit/program/printed-test.ts'

printedTest('files', [
  `ls ${TWO}`,
  `ls ${TWO} -l`,
  `ls ${TWO} --json usr/share`,
  `ls ${TWO} --layer 2`,
  `ls ${TWO} --layer 2 --json`,
  `ls ${TWO} -l --filter >50`,
  `cat ${TWO} etc/passwd`,
  `cat ${TWO} no/such`,
  `cat ${TWO} usr`,
])
