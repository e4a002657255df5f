import { dynamicElfFixture } from '../../kit/samples/dynamic-elf-fixture.ts'
import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from '../corpus/finding-case.ts'

/** Whether the image starts, and as whom: the command, the users, the modes of files. */
const program = (bytes: Uint8Array = elfFixture(), mode = 0o755) => ({ content: bytes, mode })
const shell = { 'bin/sh': program(elfFixture({ body: Buffer.from('sh') })) }
const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\napp:x:1000:1000::/home/app:/bin/sh\n'
const group = 'root:x:0:\napp:x:1000:\n'
const accounts = { 'etc/passwd': passwd, 'etc/group': group }
const glibc = '/lib64/ld-linux-x86-64.so.2'

export const RUN_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'run/no-command',
    {
      'programs and no command': { severity: 'error', layers: [{ ...shell, 'usr/bin/tool': program() }] },
      'an empty entrypoint': { severity: 'error', config: { Entrypoint: [], Cmd: null }, layers: [shell] },
    },
    {
      'a command': { config: { Cmd: ['/bin/sh'] }, layers: [shell] },
      'an entrypoint': { config: { Entrypoint: ['/bin/sh'] }, layers: [shell] },
      'data only is no error': { severity: 'warning', layers: [{ 'models/weights.bin': 'w' }] },
    },
  ),
  ...casesOf(
    'run/missing-entrypoint',
    {
      'a path that is not there': { severity: 'error', config: { Entrypoint: ['/app/server'] }, layers: [shell] },
      'a name outside of PATH': {
        severity: 'error',
        config: { Cmd: ['server'], Env: ['PATH=/usr/bin:/bin'] },
        layers: [{ ...shell, 'opt/server': program() }],
      },
      'a dangling link': {
        severity: 'error',
        config: { Entrypoint: ['/entry'] },
        layers: [{ ...shell, entry: { flag: '2', link: '/opt/gone' } }],
      },
      'removed by a later layer': {
        severity: 'error',
        config: { Cmd: ['/run.sh'] },
        layers: [{ ...shell, 'run.sh': '#!/bin/sh\n' }, { '.wh.run.sh': '' }],
      },
    },
    {
      'relative to the working directory': {
        config: { Entrypoint: ['./server'], WorkingDir: '/app' },
        layers: [{ 'app/server': program() }],
      },
      'through merged /usr': {
        config: { Entrypoint: ['/bin/tool'] },
        layers: [{ bin: { flag: '2', link: 'usr/bin' }, 'usr/bin/tool': program() }],
      },
      'through PATH': { config: { Cmd: ['server'], Env: ['PATH=/opt/bin:/bin'] }, layers: [{ 'opt/bin/server': program() }] },
      'without PATH': { config: { Cmd: ['server'] }, layers: [{ 'usr/local/bin/server': program() }] },
    },
  ),
  ...casesOf(
    'run/not-executable',
    {
      'a copied script': {
        severity: 'error',
        config: { Entrypoint: ['/entrypoint.sh'] },
        layers: [{ ...shell, 'entrypoint.sh': '#!/bin/sh\necho\n' }],
      },
      'only its owner may': {
        severity: 'error',
        config: { Entrypoint: ['/app/server'], User: '1000' },
        layers: [{ ...accounts, 'app/server': program(elfFixture(), 0o700) }],
      },
      'a directory': { severity: 'error', config: { Entrypoint: ['/app'] }, layers: [{ ...shell, 'app/': { mode: 0o755 } }] },
    },
    {
      'root, any bit': { config: { Entrypoint: ['/app/server'] }, layers: [{ 'app/server': program(elfFixture(), 0o001) }] },
      'its own group may': {
        config: { Entrypoint: ['/app/server'], User: '1000:1000' },
        layers: [{ ...accounts, 'app/server': { ...program(elfFixture(), 0o750), gid: 1000 } }],
      },
      'the mode a later layer gives': {
        config: { Entrypoint: ['/e.sh'] },
        layers: [{ ...shell, 'e.sh': '#!/bin/sh\n' }, { 'e.sh': { content: '#!/bin/sh\n', mode: 0o755 } }],
      },
    },
  ),
  ...casesOf(
    'run/missing-interpreter',
    {
      'glibc on Alpine': {
        severity: 'error',
        config: { Entrypoint: ['/server'] },
        layers: [
          {
            ...shell,
            'lib/ld-musl-x86_64.so.1': program(),
            server: program(dynamicElfFixture({ interpreter: glibc, needed: ['libc.so.6'] })),
          },
        ],
      },
      'bash is not there': {
        severity: 'error',
        config: { Entrypoint: ['/e.sh'] },
        layers: [{ ...shell, 'e.sh': { content: '#!/bin/bash\nset -e\n', mode: 0o755 } }],
      },
      'a carriage return': {
        severity: 'error',
        config: { Entrypoint: ['/e.sh'] },
        layers: [{ ...shell, 'e.sh': { content: '#!/bin/sh\r\nset -e\r\n', mode: 0o755 } }],
      },
      'env finds no node': {
        severity: 'error',
        config: { Cmd: ['/cli.js'] },
        layers: [{ 'usr/bin/env': program(), 'cli.js': { content: '#!/usr/bin/env node\n', mode: 0o755 } }],
      },
    },
    {
      static: { config: { Entrypoint: ['/server'] }, layers: [{ server: program() }] },
      'the loader through a link': {
        config: { Entrypoint: ['/server'] },
        layers: [
          {
            lib64: { flag: '2', link: 'usr/lib64' },
            'usr/lib64/ld-linux-x86-64.so.2': program(),
            server: program(dynamicElfFixture({ interpreter: glibc })),
          },
        ],
      },
      'env with an option': {
        config: { Cmd: ['/cli.js'] },
        layers: [
          {
            'usr/bin/env': program(),
            'usr/bin/node': program(),
            'cli.js': { content: '#!/usr/bin/env -S node --no-warnings\n', mode: 0o755 },
          },
        ],
      },
      'blanks after the marks': {
        config: { Cmd: ['/e.sh'] },
        layers: [{ ...shell, 'e.sh': { content: '#! /bin/sh -e\n', mode: 0o755 } }],
      },
    },
  ),
  ...casesOf(
    'run/wrong-architecture',
    {
      'built for ARM': {
        severity: 'error',
        config: { Entrypoint: ['/server'] },
        layers: [{ server: program(elfFixture({ machine: 183 })) }],
      },
      'amd64 in an ARM image': {
        severity: 'error',
        platform: { os: 'linux', architecture: 'arm64' },
        config: { Entrypoint: ['/server'] },
        layers: [{ server: program() }],
      },
    },
    {
      'i386 on amd64': {
        config: { Entrypoint: ['/server'] },
        layers: [{ server: program(elfFixture({ machine: 3, bits: 32 })) }],
      },
      'an emulator beside it': {
        config: { Entrypoint: ['/server'] },
        layers: [{ server: program(), 'usr/bin/qemu-aarch64-static': program(elfFixture({ machine: 183 })) }],
      },
    },
  ),
  ...casesOf(
    'run/unknown-user',
    {
      'a name nobody made': { severity: 'error', config: { Cmd: ['/bin/sh'], User: 'web' }, layers: [{ ...shell, ...accounts }] },
      'a group nobody made': {
        severity: 'error',
        config: { Cmd: ['/bin/sh'], User: 'app:web' },
        layers: [{ ...shell, ...accounts }],
      },
    },
    {
      'a number without a line': { config: { Cmd: ['/bin/sh'], User: '65532:65532' }, layers: [shell] },
      'a name': { config: { Cmd: ['/bin/sh'], User: 'app:app' }, layers: [{ ...shell, ...accounts }] },
    },
  ),
  ...casesOf(
    'run/shell-form',
    { 'CMD as words': { config: { Cmd: ['/bin/sh', '-c', 'node server.js'] }, layers: [shell] } },
    {
      exec: { config: { Cmd: ['/bin/sh', '-c', 'exec node server.js'] }, layers: [shell] },
      'two commands': { config: { Cmd: ['/bin/sh', '-c', 'migrate && node server.js'] }, layers: [shell] },
      JSON: { config: { Cmd: ['node', 'server.js'] }, layers: [shell] },
    },
  ),
  ...casesOf(
    'user/root',
    {
      'no user': { severity: 'warning', config: { Entrypoint: ['/server'] }, layers: [{ server: program() }] },
      '0:0': { severity: 'warning', config: { Entrypoint: ['/server'], User: '0:0' }, layers: [{ server: program() }] },
      'a name of uid 0': {
        severity: 'warning',
        config: { Entrypoint: ['/server'], User: 'admin' },
        layers: [{ 'etc/passwd': `${passwd}admin:x:0:0::/:/bin/sh\n`, server: program() }],
      },
    },
    {
      'a number': { config: { Entrypoint: ['/server'], User: '1000' }, layers: [{ server: program() }] },
      'the group root only': { config: { Entrypoint: ['/server'], User: '1001:0' }, layers: [{ server: program() }] },
    },
  ),
  ...casesOf(
    'user/name-not-number',
    { 'a name': { config: { Entrypoint: ['/server'], User: 'app' }, layers: [{ ...accounts, server: program() }] } },
    {
      'a number': { config: { Entrypoint: ['/server'], User: '1000:app' }, layers: [{ ...accounts, server: program() }] },
      root: { config: { Entrypoint: ['/server'], User: 'root' }, layers: [{ ...accounts, server: program() }] },
    },
  ),
  ...casesOf(
    'user/empty-password',
    {
      "Alpine's CVE": {
        severity: 'error',
        layers: [{ 'etc/passwd': 'root:x:0:0:root:/root:/bin/ash\n', 'etc/shadow': 'root:::0:::::\n' }],
      },
      'in passwd itself': {
        severity: 'error',
        layers: [{ 'etc/passwd': 'root:x:0:0::/root:/bin/sh\nguest::1001:1001::/:/bin/bash\n' }],
      },
    },
    {
      locked: { layers: [{ 'etc/passwd': passwd, 'etc/shadow': 'root:*:19000:0:99999:7:::\napp:!:19000::::::\n' }] },
      'no shell': { layers: [{ 'etc/passwd': 'svc:x:9:9::/:/usr/sbin/nologin\n', 'etc/shadow': 'svc::19000::::::\n' }] },
    },
  ),
  ...casesOf(
    'user/second-root',
    { 'another name': { severity: 'error', layers: [{ 'etc/passwd': `${passwd}support:x:0:0::/root:/bin/sh\n` }] } },
    {
      toor: { layers: [{ 'etc/passwd': `${passwd}toor:*:0:0::/root:\n` }] },
      'gid 0 only': { layers: [{ 'etc/passwd': `${passwd}sync:x:5:0::/bin:/bin/sync\n` }] },
    },
  ),
]
