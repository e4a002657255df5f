import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { BIG, GROUND, LATEST, ONE, printedTest, TWO } from '../../kit/program/printed-test.ts'

/** Names that would remove other files in a layer. */
const MARKS = { 'marks/kept': 'k', 'marks/.wh.gone': '', 'marks/.wh.d/inside': '' }

/** Files to build of, all of one time and with modes that no umask changes. */
function files(): void {
  mkdirSync('source/deep', { recursive: true })
  mkdirSync('marks/.wh.d', { recursive: true })
  const contents = {
    'source/a': 'a',
    'source/deep/b': 'bb',
    'source/deep/c.log': 'ccc',
    ignored: '*.log\n',
    hosts: 'h',
    ...MARKS,
  }
  for (const [path, content] of Object.entries(contents)) writeFileSync(path, content)
  for (const path of Object.keys(contents)) chmodSync(path, 0o644)
  for (const path of ['source', 'source/deep', 'marks', 'marks/.wh.d']) chmodSync(path, 0o755)
  for (const path of [...Object.keys(contents), 'source/deep', 'source', 'marks/.wh.d', 'marks'])
    utimesSync(path, 1_700_000_000, 1_700_000_000)
}

printedTest(
  'making',
  [
    'build --dry-run --add source:/app --mtime 1700000000',
    'build ./made:app --add source:/app,chown=7:8,chmod=640 --delete /app/deep/c.log --set env.A=1 --set cmd=["/app/a"] --mtime 1700000000 --explain',
    'build ./made:app --add source:/app --mtime 1700000000',
    'build --dry-run --add marks:/m --mtime 1700000000',
    `build ./made:more --from ${ONE} --add source:/app --ignore-file ignored --add hosts:/etc/ --delete only --mtime keep --json`,
    'inspect ./made:app --layers',
    'ls ./made:app -l',
    'history ./made:app',
    `copy ${ONE} ./copied:one`,
    `copy ${ONE} ./copied:one`,
    `copy ${ONE} ./copied:one --force --compress zstd --json`,
    'copy ./weather ./copied --tags o*',
    'copy ./weather ./copied --tags nosuch*',
    `squash ${TWO} ./squashed:two --layers 2..3`,
    `squash ${LATEST} ./squashed:two`,
    'inspect ./squashed:two --layers',
    `index create ./list:all ${ONE} ${TWO}`,
    `index create ./list:all ${LATEST}`,
    `index add ./list:all ${LATEST} --json`,
    'index annotate ./list:all --set annotation.a=b',
    'index remove ./list:all linux/arm64',
    'index remove ./list:all linux/amd64',
    'inspect ./list:all --json',
    `rebase ${ONE} ./rebased:one --new-base ${LATEST} --old-base ${TWO}`,
    `rebase ${ONE} ./rebased:one --new-base ${LATEST} --old-base ${GROUND}`,
    `rebase ${ONE} ./rebased:two --new-base ${LATEST} --old-base ${GROUND} --json`,
    `extract ${TWO} usr/share extracted`,
    `extract ${TWO} usr/share extracted`,
    `extract ${TWO} no/such other`,
    `soci ${ONE} ./indexed:one`,
    `soci ${BIG} ./indexed:big`,
    `soci ${BIG} ./indexed:again --json`,
    `soci ${BIG}`,
    `referrers ${BIG}`,
    `unpack ${GROUND} bundle --rootless`,
    `unpack ${GROUND} bundle --rootless`,
    `unpack ${GROUND} bundle --repack ./repacked:one --json`,
  ],
  { prepare: files },
)
