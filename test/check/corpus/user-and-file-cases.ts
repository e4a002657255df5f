import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from './finding-case.ts'

const program = { content: elfFixture(), mode: 0o755 }
const setuid = { content: elfFixture(), mode: 0o4755 }
const passwd = 'root:x:0:0:root:/root:/bin/sh\nadmin:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n'
const plain = 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/usr/sbin/nologin\napp:x:1000:1000::/home/app:/bin/sh\n'
/** `vfs_cap_data` of revision 2 with cap_net_raw permitted. */
const netRaw = Buffer.from([1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])

export const USER_AND_FILE_CASES: readonly FindingCase[] = [
  ...casesOf(
    'user/root',
    {
      'no user': { severity: 'warning', config: { Cmd: ['/app'] }, layers: [{ 'etc/passwd': plain }, { app: program }] },
      'no user and no command on several layers': { severity: 'warning', layers: [{ 'etc/passwd': plain }, { app: program }] },
      'the number 0': {
        severity: 'warning',
        config: { Cmd: ['/app'], User: '0' },
        layers: [{ 'etc/passwd': plain }, { app: program }],
      },
      '0:0': { severity: 'warning', config: { Cmd: ['/app'], User: '0:0' }, layers: [{ app: program }] },
      'root:root': {
        severity: 'warning',
        config: { Cmd: ['/app'], User: 'root:root' },
        layers: [{ 'etc/passwd': plain, 'etc/group': 'root:x:0:\n' }, { app: program }],
      },
      'a name with the uid 0': {
        severity: 'warning',
        config: { Cmd: ['/app'], User: 'admin' },
        layers: [{ 'etc/passwd': passwd }, { app: program }],
      },
    },
    {
      'a number': { config: { Cmd: ['/app'], User: '65532' }, layers: [{ app: program }] },
      'a name with another uid': { config: { Cmd: ['/app'], User: 'app' }, layers: [{ 'etc/passwd': plain }, { app: program }] },
      'a base image is no warning': {
        severity: 'warning',
        config: { Cmd: ['bash'] },
        layers: [{ 'etc/passwd': plain, 'bin/bash': program }],
      },
      'a base image without a command is no warning': { severity: 'warning', layers: [{ 'etc/passwd': plain }] },
      'a name nobody has is another finding': {
        config: { Cmd: ['/app'], User: 'gone' },
        layers: [{ 'etc/passwd': plain }, { app: program }],
      },
    },
  ),
  ...casesOf(
    'user/name-not-number',
    {
      'a name': { config: { User: 'app' } },
      'a name and a group': { config: { User: 'app:app' } },
      'a name and a number': { config: { User: 'www-data:33' } },
    },
    {
      'a number': { config: { User: '1000' } },
      nothing: { config: {} },
      root: { config: { User: 'root' } },
      numbers: { config: { User: '1000:1000' } },
    },
  ),
  ...casesOf(
    'user/empty-password',
    {
      'etc/shadow (CVE-2019-5021)': {
        layers: [{ 'etc/passwd': 'root:x:0:0:root:/root:/bin/ash\n', 'etc/shadow': 'root:::0:::::\n' }],
      },
      'etc/passwd': { layers: [{ 'etc/passwd': 'guest::1001:1001::/home/guest:/bin/sh\n' }] },
      'no shell is the default one': { layers: [{ 'etc/passwd': 'a::5:5::/:\n' }] },
    },
    {
      locked: { layers: [{ 'etc/passwd': plain, 'etc/shadow': 'root:*:0:::::\napp:!:0:::::\ndaemon:!!:0:::::\n' }] },
      'a hash': { layers: [{ 'etc/passwd': plain, 'etc/shadow': 'root:$6$salt$hash:0:::::\n' }] },
      'no login': { layers: [{ 'etc/passwd': 'daemon:x:1:1::/:/usr/sbin/nologin\n', 'etc/shadow': 'daemon:::0:::::\n' }] },
      'mended by a later layer': {
        layers: [{ 'etc/passwd': plain, 'etc/shadow': 'root:::0:::::\n' }, { 'etc/shadow': 'root:*:0:::::\n' }],
      },
    },
  ),
  ...casesOf(
    'user/second-root',
    {
      'another name': { path: 'etc/passwd', layers: [{ 'etc/passwd': passwd }] },
      'added by a later layer': { layers: [{ 'etc/passwd': plain }, { 'etc/passwd': `${plain}sys2:x:0:0::/:/bin/sh\n` }] },
      'a padded zero': { layers: [{ 'etc/passwd': 'root:x:0:0::/:/bin/sh\nops:x:00:0::/:/bin/sh\n' }] },
    },
    {
      'root alone': { layers: [{ 'etc/passwd': plain }] },
      toor: { layers: [{ 'etc/passwd': `${plain}toor:x:0:0::/root:/bin/sh\n` }] },
      'a comment': { layers: [{ 'etc/passwd': `${plain}#old:x:0:0::/root:/bin/sh\n` }] },
      'a short line': { layers: [{ 'etc/passwd': `${plain}broken:x\n:::\n` }] },
    },
  ),
  ...casesOf(
    'file/setuid',
    {
      'a program of nobody': { severity: 'warning', path: 'app/helper', layers: [{ 'app/helper': setuid }] },
      'set-gid': { severity: 'warning', layers: [{ 'app/helper': { ...setuid, mode: 0o2755 } }] },
      'a shell': { severity: 'error', layers: [{ 'usr/bin/bash': setuid }] },
      python: { severity: 'error', layers: [{ 'usr/bin/python3.11': setuid }] },
      find: { severity: 'error', layers: [{ 'usr/bin/find': setuid }] },
    },
    {
      'no bit': { layers: [{ 'app/helper': program }] },
      'a directory': { layers: [{ 'var/mail/': { mode: 0o2775 } }] },
      'not executable': { layers: [{ 'etc/shadow': { content: 'x', mode: 0o2640 } }] },
      'mended by a later layer': { layers: [{ 'app/helper': setuid }, { 'app/helper': program }] },
    },
  ),
  ...casesOf(
    'file/world-writable',
    {
      'a program': { path: 'app/run', layers: [{ 'app/run': { content: 'x', mode: 0o777 } }] },
      'a file of etc': { layers: [{ 'etc/app.conf': { content: 'x', mode: 0o666 } }] },
      'a directory without the sticky bit': { path: 'data', layers: [{ 'data/': { mode: 0o777 } }] },
      'a file in PATH': {
        layers: [{ 'opt/bin/tool': { content: 'x', mode: 0o646 } }],
        config: { Env: ['PATH=/usr/bin:/opt/bin'] },
      },
    },
    {
      tmp: { layers: [{ 'tmp/': { mode: 0o1777 } }] },
      'a symlink': { layers: [{ 'etc/x': { flag: '2', link: 'y', mode: 0o777 } }] },
      data: { layers: [{ 'data/x': { content: 'x', mode: 0o666 } }] },
      "golang's GOPATH is no warning": { severity: 'warning', layers: [{ 'go/': { mode: 0o777 }, 'go/src/': { mode: 0o777 } }] },
      'a device': { layers: [{ 'dev/null': { flag: '3', device: [1, 3], mode: 0o666 } }] },
    },
  ),
  ...casesOf(
    'file/capabilities',
    {
      'a program of nobody': {
        path: 'app/ping',
        layers: [{ 'app/ping': { ...program, pax: { 'SCHILY.xattr.security.capability': netRaw } } }],
      },
      'given by a later layer': {
        layers: [{ 'app/ping': program }, { 'app/ping': { ...program, pax: { 'SCHILY.xattr.security.capability': netRaw } } }],
      },
      'two of them': {
        layers: [
          {
            a: { ...program, pax: { 'SCHILY.xattr.security.capability': netRaw } },
            b: { ...program, pax: { 'SCHILY.xattr.security.capability': netRaw } },
          },
        ],
      },
    },
    {
      'another attribute': { layers: [{ a: { ...program, pax: { 'SCHILY.xattr.user.note': 'x' } } }] },
      'an empty set': {
        layers: [
          { a: { ...program, pax: { 'SCHILY.xattr.security.capability': Buffer.from([0, 0, 0, 2, ...new Array(16).fill(0)]) } } },
        ],
      },
      removed: { layers: [{ a: { ...program, pax: { 'SCHILY.xattr.security.capability': netRaw } } }, { '.wh.a': '' }] },
    },
  ),
]
