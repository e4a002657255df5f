import type { LayerFiles } from '../../kit/image/image-fixture.ts'
import { casesOf, type FindingCase, filler } from './finding-case.ts'

const MB = 1_000_000

type Deb = {
  readonly name: string
  readonly bytes?: number
  readonly depends?: string
  readonly recommends?: string
  readonly automatic?: boolean
  readonly mode?: number
  readonly file?: string
}

/** A layer with dpkg's database and a file of each package. */
function debs(packages: readonly Deb[], states = true): LayerFiles {
  const file = ({ name, file: path = `usr/lib/${name}/data` }: Deb) => path
  const stanza = ({ name, depends, recommends }: Deb) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Version: 1.0',
      'Architecture: amd64',
      ...(depends === undefined ? [] : [`Depends: ${depends}`]),
      ...(recommends === undefined ? [] : [`Recommends: ${recommends}`]),
    ].join('\n')
  const automatic = packages.filter(each => each.automatic === true)
  return {
    'var/lib/dpkg/status': `${packages.map(stanza).join('\n\n')}\n`,
    ...(states && {
      'var/lib/apt/extended_states': automatic
        .map(({ name }) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n`)
        .join('\n'),
    }),
    ...Object.fromEntries(packages.map(each => [`var/lib/dpkg/info/${each.name}.list`, `/.\n/${file(each)}\n`])),
    ...Object.fromEntries(
      packages.map(each => [file(each), { content: filler(each.bytes ?? 100, each.name), mode: each.mode ?? 0o644 }]),
    ),
  }
}

const app = (more: Partial<Deb> = {}): Deb => ({ name: 'app', ...more })

export const PACKAGE_CASES: readonly FindingCase[] = [
  ...casesOf(
    'waste/build-tools',
    {
      'a compiler': { layers: [debs([app(), { name: 'gcc-12', bytes: 11 * MB }])] },
      'headers and make': {
        layers: [
          debs([
            { name: 'libssl-dev', bytes: 6 * MB },
            { name: 'make', bytes: 6 * MB },
          ]),
        ],
      },
      'in a later layer': { layers: [{ a: 'a' }, debs([{ name: 'cmake', bytes: 12 * MB }])] },
      'a tool chain without a package': { layers: [{ 'usr/local/go/pkg/tool/linux_amd64/compile': filler(12 * MB) }] },
    },
    {
      little: { layers: [debs([{ name: 'gcc-12', bytes: 1 * MB }])] },
      'other packages': {
        layers: [
          debs([
            { name: 'libssl3', bytes: 20 * MB },
            { name: 'device-tree', bytes: 1 },
          ]),
        ],
      },
      'an image of the tool': { config: { Cmd: ['gcc'] }, layers: [debs([{ name: 'gcc-12', bytes: 11 * MB }])] },
      'removed again': {
        layers: [debs([{ name: 'gcc-12', bytes: 11 * MB }]), { 'var/lib/dpkg/status': '', 'usr/lib/.wh.gcc-12': '' }],
      },
    },
  ),
  ...casesOf(
    'waste/recommended',
    {
      recommended: { layers: [debs([app({ recommends: 'docs' }), { name: 'docs', bytes: 6 * MB, automatic: true }])] },
      'what it needs itself': {
        layers: [
          debs([
            app({ recommends: 'docs' }),
            { name: 'docs', depends: 'viewer', automatic: true },
            { name: 'viewer', bytes: 6 * MB, automatic: true },
          ]),
        ],
      },
      'in a later layer': {
        layers: [{ a: 'a' }, debs([app({ recommends: 'fonts | other' }), { name: 'fonts', bytes: 7 * MB, automatic: true }])],
      },
    },
    {
      needed: { layers: [debs([app({ depends: 'lib (>= 1)' }), { name: 'lib', bytes: 6 * MB, automatic: true }])] },
      'asked for': {
        layers: [debs([app({ recommends: 'docs' }), { name: 'docs', bytes: 6 * MB }, { name: 'x', automatic: true }])],
      },
      'not recorded': { layers: [debs([app({ recommends: 'docs' }), { name: 'docs', bytes: 6 * MB, automatic: true }], false)] },
      little: { layers: [debs([app({ recommends: 'docs' }), { name: 'docs', bytes: 1 * MB, automatic: true }])] },
    },
  ),
  ...casesOf(
    'file/setuid',
    {
      'of a package, and not on its list': {
        severity: 'warning',
        layers: [debs([{ name: 'tool', file: 'usr/bin/tool', mode: 0o4755 }])],
      },
    },
    {
      'of a package that ships it so': {
        severity: 'warning',
        layers: [debs([{ name: 'passwd', file: 'usr/bin/passwd', mode: 0o4755 }])],
      },
    },
  ),
]
