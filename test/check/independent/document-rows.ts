import { gzipSync } from 'node:zlib'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { tarFixture } from '../../kit/tar/tar-fixture.ts'
import { casesOf, type FindingCase } from '../corpus/finding-case.ts'
import { text } from './made-up.ts'

/** The documents, the layers as such, and what differs from build to build. */
const layers = (count: number, size = 1) =>
  Array.from({ length: count }, (_, index) => ({ [`f${index}`]: `${index}`.padEnd(size, '.') }))
const key = (name: string) => `org.opencontainers.image.${name}`
const built = Date.UTC(2025, 4, 6, 7, 8, 9)
const at = (seconds: number) => ({ content: 'x', mtime: built / 1000 + seconds })
const spread = (offset: number) => Object.fromEntries([1, 2, 3, 4, 5].map(index => [`app/f${index}`, at(offset + index)]))
const when = [{ created: new Date(built).toISOString(), created_by: 'RUN x' }]
const names = (order: (index: number) => number) =>
  Array.from({ length: 61 }, (_, index) => ({ name: `app/${String(order(index)).padStart(3, '0')}`, content: 'x' }))
const tar = tarFixture([{ name: 'app/x', content: 'x' }])

/** A gzip file with the date of a build in its header. */
function stamped(): Buffer {
  const blob = gzipSync(tar)
  blob.writeUInt32LE(built / 1000, 4)
  return blob
}

/** A ustar header with the name of a user, and its checksum. */
function named(user: string): Buffer {
  const bytes = Buffer.from(tar)
  bytes.write(user, 265, 'latin1')
  bytes.fill(0x20, 148, 156)
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

export const DOCUMENT_ROWS: readonly FindingCase[] = [
  ...casesOf(
    'layer/tiny',
    { twelve: { layers: layers(12) } },
    {
      four: { layers: layers(4) },
      large: { layers: layers(12).map((_, index) => ({ [`f${index}`]: text(`large ${index}`, 60_000) })) },
    },
  ),
  ...casesOf('layer/many', { 'a hundred and one': { layers: layers(101) } }, { 'ninety-nine': { layers: layers(99) } }),
  ...casesOf(
    'layer/empty',
    { 'WORKDIR of an old docker': { layers: [{ a: 'x' }, {}] } },
    { 'a directory': { layers: [{ a: 'x' }, { 'app/': {} }] }, 'a removal': { layers: [{ a: 'x' }, { '.wh.a': '' }] } },
  ),
  ...casesOf(
    'meta/annotations',
    { none: { config: { Labels: { maintainer: 'x' } } } },
    {
      'a label': { config: { Labels: { [key('source')]: 'https://git.orders.internal/shop' } } },
      'an annotation': { annotations: { [key('revision')]: '0123456789abcdef0123456789abcdef01234567' } },
      'the predecessor': { config: { Labels: { 'org.label-schema.vcs-url': 'https://git.orders.internal/shop' } } },
    },
  ),
  ...casesOf(
    'meta/invalid',
    {
      'a date of a shell': { config: { Labels: { [key('created')]: 'Tue May  6 07:08:09 UTC 2025' } } },
      'a licence in words': { config: { Labels: { [key('licenses')]: 'All rights reserved by us' } } },
      'no URL': { annotations: { [key('source')]: 'shop' } },
      'a key that does not exist': { config: { Labels: { [key('license')]: 'MIT' } } },
      'no digest': { annotations: { [key('base.digest')]: 'bookworm' } },
    },
    {
      valid: {
        config: {
          Labels: {
            [key('created')]: '2025-05-06T07:08:09+02:00',
            [key('licenses')]: 'MIT OR (Apache-2.0 AND GPL-2.0-or-later WITH Classpath-exception-2.0)',
            [key('url')]: 'https://orders.internal',
            [key('base.name')]: 'docker.io/library/debian:12-slim',
          },
        },
      },
      "another's key": { config: { Labels: { 'com.orders.image.license': 'ours' } } },
      empty: { config: { Labels: { [key('licenses')]: '', [key('version')]: '' } } },
    },
  ),
  ...casesOf(
    'meta/dates',
    {
      future: { document: { created: '2031-01-01T00:00:00Z' } },
      'before there were images': { document: { created: '2009-03-01T00:00:00Z' } },
    },
    {
      epoch: { document: { created: '1970-01-01T00:00:00Z' } },
      '1980': { document: { created: '1980-01-01T00:00:01Z' } },
      now: { document: { created: '2025-12-31T00:00:00Z' } },
    },
  ),
  ...casesOf(
    'meta/media-type',
    {
      'zstd that is gzip': { layers: [layerFixture({ a: 'x' }, { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' })] },
      "docker's layer in an OCI manifest": {
        layers: [layerFixture({ a: 'x' }, { mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' })],
      },
    },
    {
      right: { layers: [layerFixture({ a: 'x' }, { compression: 'zstd' })] },
      plain: { layers: [layerFixture({ a: 'x' }, { compression: 'none' })] },
    },
  ),
  ...casesOf(
    'net/ssh',
    { 'port 22': { config: { ExposedPorts: { '22/tcp': {} } } } },
    { 'port 2222': { config: { ExposedPorts: { '2222/tcp': {}, '22/udp': {} } } } },
  ),
  ...casesOf(
    'net/docker-api',
    { 'port 2375': { config: { ExposedPorts: { '2375/tcp': {} } } } },
    { 'port 23750': { config: { ExposedPorts: { '23750/tcp': {}, '80/tcp': {} } } } },
  ),
  ...casesOf(
    'repro/timestamps',
    { 'of the build': { layers: [spread(-60)], history: when } },
    {
      'long before': { layers: [spread(-900_000)], history: when },
      clamped: { layers: [{ a: at(0), b: at(0), c: at(0), d: at(0) }], history: when },
      'no date': { layers: [spread(-60)], history: [{ created_by: 'x' }] },
    },
  ),
  ...casesOf(
    'repro/volatile-files',
    {
      'a log of dpkg': { layers: [{ 'var/log/dpkg.log': '2025-05-06 07:08:09 startup archives unpack\n' }] },
      "ldconfig's cache": { layers: [{ 'var/cache/ldconfig/aux-cache': 'glibc-ld.so.cache1' }] },
    },
    {
      empty: { layers: [{ 'var/log/dpkg.log': '', 'var/log/apt/history.log': '' }] },
      "the loader's own": { layers: [{ 'etc/ld.so.conf': 'x' }] },
    },
  ),
  ...casesOf(
    'repro/direct-url',
    {
      'a wheel of a file': {
        layers: [{ 'usr/lib/python3/site-packages/app-1.0.dist-info/direct_url.json': '{"url":"file:///build"}' }],
      },
    },
    { elsewhere: { layers: [{ 'app/direct_url.json': '{}' }] } },
  ),
  ...casesOf(
    'repro/tar-order',
    { 'of the disk': { layers: [layerFixture(names(index => (index * 37) % 61))] } },
    {
      sorted: { layers: [layerFixture(names(index => index))] },
      few: {
        layers: [
          layerFixture([
            { name: 'b', content: '' },
            { name: 'a', content: '' },
          ]),
        ],
      },
    },
  ),
  ...casesOf(
    'repro/gzip-header',
    { 'a date': { layers: [layerFixture({}, { tar, blob: stamped() })] } },
    { 'no date': { layers: [layerFixture({ a: 'x' })] }, zstd: { layers: [layerFixture({ a: 'x' }, { compression: 'zstd' })] } },
  ),
  ...casesOf(
    'repro/owner-names',
    { 'a user of the builder': { layers: [layerFixture({}, { tar: named('jenkins') })] } },
    { root: { layers: [layerFixture({}, { tar: named('root') })] }, none: { layers: [{ a: 'x' }] } },
  ),
  ...casesOf(
    'repro/access-times',
    { atime: { layers: [{ a: { content: 'x', pax: { atime: '1746515289.5', mtime: '1746515289.5' } } }] } },
    { 'mtime only': { layers: [{ a: { content: 'x', pax: { mtime: '1746515289.5' } } }] } },
  ),
  ...casesOf(
    'run/refused',
    {
      'written and removed in one layer': {
        layers: [{ 'd/old': 'x' }, layerFixture([{ name: 'd/' }, { name: 'd/new', content: 'y' }, { name: '.wh.d' }])],
      },
    },
    { 'removed in the next layer': { layers: [{ 'd/old': 'x' }, { '.wh.d': '' }, { 'd/new': 'y' }] } },
  ),
  ...casesOf(
    'semantics/differ',
    {
      'a file below a link of a lower layer': {
        layers: [{ bin: { flag: '2', link: 'usr/bin' }, 'usr/bin/sh': 'x' }, { 'bin/tool': 'y' }],
      },
    },
    {
      'a removal and a file': {
        layers: [
          { 'a/f': 'x', 'a/g': 'y' },
          { 'a/.wh.f': '', 'a/h': 'z' },
        ],
      },
      'an opaque directory': { layers: [{ 'a/f': 'x' }, { 'a/.wh..wh..opq': '', 'a/g': 'y' }] },
    },
  ),
]
