import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from './finding-case.ts'

const program = { content: elfFixture(), mode: 0o755 }
const script = (text: string) => ({ content: text, mode: 0o755 })
const shell = { 'bin/sh': program }
const passwd = 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n'

export const RUN_CASES: readonly FindingCase[] = [
  ...casesOf(
    'run/no-command',
    {
      'a program and no command': { severity: 'error', layers: [{ 'app/server': program }] },
      'null for both': { severity: 'error', config: { Entrypoint: null, Cmd: null }, layers: [shell] },
      'empty lists': { severity: 'error', config: { Entrypoint: [], Cmd: [] }, layers: [{ 'usr/bin/tool': program }] },
    },
    {
      'Cmd alone': { config: { Cmd: ['/app/server'] }, layers: [{ 'app/server': program }] },
      'Entrypoint alone': { config: { Entrypoint: ['/app/server'] }, layers: [{ 'app/server': program }] },
      'data only is no error': { severity: 'error', layers: [{ 'data/a.json': '{}' }] },
      'libraries only are no error': {
        severity: 'error',
        layers: [{ 'usr/lib/libc.so.6': program, 'lib64/ld-linux-x86-64.so.2': program }],
      },
    },
  ),
  ...casesOf(
    'run/missing-entrypoint',
    {
      'an absolute path to nothing': { config: { Entrypoint: ['/app/server'] }, layers: [shell] },
      'a word that is in no directory of PATH': {
        config: { Cmd: ['server'], Env: ['PATH=/usr/bin'] },
        layers: [{ 'opt/server': program }],
      },
      'a symlink to nothing': { config: { Cmd: ['/app'] }, layers: [{ app: { flag: '2', link: '/gone' } }] },
      'removed by a later layer': { config: { Cmd: ['/app'] }, layers: [{ app: program }, { '.wh.app': '' }] },
      'a relative path below the wrong directory': { config: { Cmd: ['./run'], WorkingDir: '/srv' }, layers: [{ run: program }] },
    },
    {
      'in PATH': { config: { Cmd: ['server'], Env: ['PATH=/usr/bin:/opt'] }, layers: [{ 'opt/server': program }] },
      'in the default PATH': { config: { Cmd: ['sh'] }, layers: [shell] },
      'through links': {
        config: { Cmd: ['/bin/sh'] },
        layers: [{ bin: { flag: '2', link: 'usr/bin' }, 'usr/bin/sh': { flag: '2', link: '../../busybox' }, busybox: program }],
      },
      'relative to WorkingDir': { config: { Cmd: ['./run'], WorkingDir: '/srv' }, layers: [{ 'srv/run': program }] },
      'a PATH with a variable': { config: { Cmd: ['x'], Env: ['PATH=$PATH:/opt'] }, layers: [shell] },
      'shell form whose shell is there': { config: { Cmd: ['/bin/sh', '-c', 'gone --now'] }, layers: [shell] },
      'a Windows image': { config: { Cmd: ['cmd.exe'] }, platform: { os: 'windows', architecture: 'amd64' } },
    },
  ),
  ...casesOf(
    'run/not-executable',
    {
      'no execute bit': { path: 'app', config: { Cmd: ['/app'] }, layers: [{ app: { content: elfFixture(), mode: 0o644 } }] },
      'root and no bit at all': {
        config: { Cmd: ['/app'], User: 'root' },
        layers: [{ app: { content: elfFixture(), mode: 0o600 }, 'etc/passwd': passwd }],
      },
      'only for its owner': {
        config: { Cmd: ['/app'], User: '1000' },
        layers: [{ app: { content: elfFixture(), mode: 0o700 } }],
      },
      'only for a group the user is not in': {
        config: { Cmd: ['/app'], User: 'app' },
        layers: [{ app: { content: elfFixture(), mode: 0o750, gid: 7 }, 'etc/passwd': passwd, 'etc/group': 'x:x:7:other\n' }],
      },
      'in a directory closed to the user': {
        config: { Cmd: ['/root/app'], User: '1000' },
        layers: [{ 'root/': { mode: 0o700 }, 'root/app': program }],
      },
      'a directory': { config: { Cmd: ['/app'] }, layers: [{ 'app/': {} }] },
    },
    {
      'anybody may': { config: { Cmd: ['/app'], User: '1000' }, layers: [{ app: program }] },
      'root may where somebody may': {
        config: { Cmd: ['/app'] },
        layers: [{ app: { content: elfFixture(), mode: 0o010, uid: 5 } }],
      },
      'by a group of etc/group': {
        config: { Cmd: ['/app'], User: 'app' },
        layers: [{ app: { content: elfFixture(), mode: 0o750, gid: 7 }, 'etc/passwd': passwd, 'etc/group': 'x:x:7:other,app\n' }],
      },
      'its owner': {
        config: { Cmd: ['/app'], User: '1000' },
        layers: [{ app: { content: elfFixture(), mode: 0o700, uid: 1000 } }],
      },
      'by the given group': {
        config: { Cmd: ['/app'], User: '1000:7' },
        layers: [{ app: { content: elfFixture(), mode: 0o750, gid: 7 } }],
      },
    },
  ),
  ...casesOf(
    'run/missing-interpreter',
    {
      'glibc program on Alpine': {
        config: { Cmd: ['/app'] },
        layers: [
          {
            app: { content: elfFixture({ interpreter: '/lib64/ld-linux-x86-64.so.2' }), mode: 0o755 },
            'lib/ld-musl-x86_64.so.1': program,
          },
        ],
      },
      'a script for a shell that is not there': {
        config: { Cmd: ['/run.sh'] },
        layers: [{ 'run.sh': script('#!/bin/bash\necho\n'), ...shell }],
      },
      'a carriage return': { config: { Cmd: ['/run.sh'] }, layers: [{ 'run.sh': script('#!/bin/sh\r\necho\r\n'), ...shell }] },
      'env finds nothing': {
        config: { Cmd: ['/run.py'] },
        layers: [{ 'run.py': script('#!/usr/bin/env python3\n'), 'usr/bin/env': program }],
      },
      'no shebang at all': { config: { Cmd: ['/run.sh'] }, layers: [{ 'run.sh': script('set -e\necho hello\n'), ...shell }] },
    },
    {
      'a static program': { config: { Cmd: ['/app'] }, layers: [{ app: program }] },
      'a loader behind a link': {
        config: { Cmd: ['/app'] },
        layers: [
          {
            app: { content: elfFixture({ interpreter: '/lib64/ld.so' }), mode: 0o755 },
            lib64: { flag: '2', link: 'usr/lib64' },
            'usr/lib64/ld.so': program,
          },
        ],
      },
      'a shell that is there': { config: { Cmd: ['/run.sh'] }, layers: [{ 'run.sh': script('#!/bin/sh -e\necho\n'), ...shell }] },
      'env finds it': {
        config: { Cmd: ['/run.py'] },
        layers: [
          { 'run.py': script('#!/usr/bin/env -S A=1 python3 -u\n'), 'usr/bin/env': program, 'usr/local/bin/python3': program },
        ],
      },
      'a blank after the mark': { config: { Cmd: ['/run.sh'] }, layers: [{ 'run.sh': script('#! /bin/sh\n'), ...shell }] },
      'a format of bytes that a host may know': { config: { Cmd: ['/app'] }, layers: [{ app: script('\0asm\u0001\0\0\0') }] },
    },
  ),
  ...casesOf(
    'run/wrong-architecture',
    {
      'arm64 in amd64': { config: { Cmd: ['/app'] }, layers: [{ app: { content: elfFixture({ machine: 183 }), mode: 0o755 } }] },
      'amd64 in arm64': {
        config: { Cmd: ['/app'] },
        platform: { os: 'linux', architecture: 'arm64' },
        layers: [{ app: program }],
      },
      'the interpreter of a script': {
        config: { Cmd: ['/run'] },
        layers: [{ run: script('#!/bin/sh\n'), 'bin/sh': { content: elfFixture({ machine: 243 }), mode: 0o755 } }],
      },
      '64 bits in 386': { config: { Cmd: ['/app'] }, platform: { os: 'linux', architecture: '386' }, layers: [{ app: program }] },
    },
    {
      'the same': { config: { Cmd: ['/app'] }, layers: [{ app: program }] },
      '386 in amd64': {
        config: { Cmd: ['/app'] },
        layers: [{ app: { content: elfFixture({ machine: 3, bits: 32 }), mode: 0o755 } }],
      },
      '32-bit ARM in arm64': {
        config: { Cmd: ['/app'] },
        platform: { os: 'linux', architecture: 'arm64' },
        layers: [{ app: { content: elfFixture({ machine: 40, bits: 32 }), mode: 0o755 } }],
      },
      'an emulator beside the program': {
        config: { Cmd: ['/app'] },
        layers: [{ app: program, 'usr/bin/qemu-aarch64-static': { content: elfFixture({ machine: 183 }), mode: 0o755 } }],
      },
      'big endian s390x': {
        config: { Cmd: ['/app'] },
        platform: { os: 'linux', architecture: 's390x' },
        layers: [{ app: { content: elfFixture({ machine: 22, bigEndian: true }), mode: 0o755 } }],
      },
    },
  ),
  ...casesOf(
    'run/unknown-user',
    {
      'a name nobody has': { config: { User: 'nginx' }, layers: [{ 'etc/passwd': passwd }] },
      'a name without etc/passwd': { config: { User: 'app' }, layers: [shell] },
      'a group nobody has': { config: { User: 'app:web' }, layers: [{ 'etc/passwd': passwd, 'etc/group': 'root:x:0:\n' }] },
    },
    {
      'a name of etc/passwd': { config: { User: 'app' }, layers: [{ 'etc/passwd': passwd }] },
      'a number without etc/passwd': { config: { User: '65532' }, layers: [shell] },
      'two numbers': { config: { User: '65532:65532' }, layers: [shell] },
      'no user': { layers: [shell] },
      'name and group': { config: { User: 'app:web' }, layers: [{ 'etc/passwd': passwd, 'etc/group': 'web:x:33:\n' }] },
    },
  ),
  ...casesOf(
    'run/shell-form',
    {
      'CMD in shell form': { config: { Cmd: ['/bin/sh', '-c', 'node server.js'] } },
      'ENTRYPOINT in shell form': { config: { Entrypoint: ['/bin/sh', '-c', './start'], Cmd: ['ignored'] } },
      bash: { config: { Cmd: ['bash', '-c', 'nginx -g "daemon off;"'] } },
    },
    {
      exec: { config: { Cmd: ['/bin/sh', '-c', 'exec node server.js'] } },
      '&&': { config: { Cmd: ['/bin/sh', '-c', 'migrate && serve'] } },
      trap: { config: { Cmd: ['/bin/sh', '-c', "trap 'exit 0' TERM; sleep 9"] } },
      'SHELL is set': { config: { Cmd: ['/bin/bash', '-c', 'x'], Shell: ['/bin/bash', '-c'] } },
      'JSON form': { config: { Cmd: ['node', 'server.js'] } },
      'a shell alone': { config: { Cmd: ['/bin/sh'] } },
    },
  ),
]
