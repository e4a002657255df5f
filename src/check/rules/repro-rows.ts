import { at, entryPath } from '../../layer/changeset.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { nodesOf } from '../../overlay/node-steps.ts'
import { STEP } from '../../overlay/steps.ts'
import { findNode } from '../find-node.ts'
import type { LayersRule, Rule } from '../rule.ts'

/** Causes of differences between two builds of the same sources. */

/** Files that were written so shortly before the layer was finished were given the clock's time. */
const MINUTES = 10 * 60
/** Entries of a layer whose times are looked at. */
const SAMPLE = 5000

const timestamps: LayersRule = {
  id: 'repro/timestamps',
  severity: 'info',
  title: "Files carry the build's time",
  matches: "More than half of a layer's entries were changed within ten minutes before the layer's own date",
  mustNotMatch:
    'Layers whose times are clamped to one value (SOURCE_DATE_EPOCH); layers without a date; fewer than three entries',
  fix: {
    other: 'Build with SOURCE_DATE_EPOCH and a builder that clamps times to it.',
    buildkit: 'SOURCE_DATE_EPOCH=… docker buildx build --output type=image,rewrite-timestamp=true.',
    buildah: 'buildah build --timestamp SECONDS.',
  },
  references: ['reproducible-builds.org'],
  needs: 'layers',
  *look({ stack, image }) {
    for (const { layer, history } of image.steps) {
      const changeset = layer === undefined ? undefined : stack.changesets[layer]
      const created = Date.parse(history?.created ?? '') / 1000
      if (layer === undefined || changeset === undefined || changeset.length < 3 || !(created > 0)) continue
      const count = Math.min(changeset.length, SAMPLE)
      const times = Array.from({ length: count }, (_, index) => at(changeset.mtimeSeconds, index))
      const fresh = times.filter(time => time <= created + 1 && time > created - MINUTES).length
      if (fresh > count / 2 && new Set(times).size > 1)
        yield {
          layer,
          detail: `${fresh} of ${count} entries of layer ${layer + 1} were changed within ten minutes before it was made.`,
          key: 'times',
        }
    }
  },
}

/** Written by every run of a tool, with times or in the order of the day. */
const VOLATILE: readonly (readonly [path: string, what: string])[] = [
  ['var/cache/ldconfig/aux-cache', 'the cache of ldconfig'],
  ['var/log/dpkg.log', 'the log of dpkg'],
  ['var/log/apt/history.log', 'the log of apt'],
  ['var/log/apt/term.log', 'the log of apt'],
  ['var/log/alternatives.log', 'the log of update-alternatives'],
  ['var/log/dnf.log', 'the log of dnf'],
  ['var/log/yum.log', 'the log of yum'],
  ['var/log/bootstrap.log', 'the log of debootstrap'],
]

const volatileFiles: LayersRule = {
  id: 'repro/volatile-files',
  severity: 'info',
  title: 'Files differ with every build',
  matches: "Logs of package managers and ldconfig's auxiliary cache that are not empty",
  mustNotMatch: 'Empty files and links',
  fix: { other: 'rm -f /var/cache/ldconfig/aux-cache /var/log/*.log /var/log/apt/* in the same RUN.' },
  references: ['reproducible-builds.org'],
  needs: 'layers',
  *look({ snapshot }) {
    for (const [path, what] of VOLATILE) {
      const node = findNode(snapshot, path)
      if (node?.type === 'file' && node.size > 0)
        yield { path: node.path, layer: node.layer, detail: `/${path} is ${what}, with the times of this build.` }
    }
  },
}

const pipOrigin: LayersRule = {
  id: 'repro/direct-url',
  severity: 'info',
  title: 'A Python package remembers where it was installed from',
  matches: 'direct_url.json below dist-info',
  mustNotMatch: 'Files of the name elsewhere',
  fix: { other: 'Install from an index, or remove the file; it may hold a path or an address of the build machine.' },
  references: ['PEP 610'],
  needs: 'layers',
  *look({ snapshot, index }) {
    for (const node of nodesOf(snapshot, index.named['pip-origin'])) {
      if (node === undefined) yield
      if (node?.type === 'file' && /\.dist-info\/direct_url\.json$/.test(node.path))
        yield { path: node.path, layer: node.layer, detail: `/${displayPath(node.path)} names the place.` }
    }
  },
}

const tarOrder: LayersRule = {
  id: 'repro/tar-order',
  severity: 'info',
  title: "A layer's entries are in the order the disk had them",
  matches:
    'Siblings of a layer of more than 50 entries in an order that is neither by bytes nor one that a tool is known to write',
  mustNotMatch: 'Layers sorted by path, or by path with directories first',
  fix: { other: 'Make the archive with sorted names: tar --sort=name.' },
  references: ['reproducible-builds.org'],
  needs: 'layers',
  *look({ stack }) {
    for (const [layer, changeset] of stack.changesets.entries()) {
      if (changeset.length <= 50) continue
      let turns = 0
      const last = new Map<string, FilePath>()
      for (let index = 0; index < Math.min(changeset.length, SAMPLE); index++) {
        if (index % STEP === STEP - 1) yield
        const path = entryPath(changeset, index)
        const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
        const before = last.get(parent)
        if (before !== undefined && before > path) turns++
        last.set(parent, path)
      }
      // Whiteouts stand before or after what they replace, and case is folded by some: a few turns are no disorder.
      if (turns > Math.min(changeset.length, SAMPLE) / 5)
        yield { layer, detail: `Layer ${layer + 1} has ${turns} siblings out of order.`, key: 'order' }
    }
  },
}

const gzipHeader: LayersRule = {
  id: 'repro/gzip-header',
  severity: 'info',
  title: "A layer's compression says when or from which file it was made",
  matches: 'A gzip header with a time that is not 0, or with the name of a file',
  mustNotMatch: 'The byte for the system, which stays the same on one builder; zstd and uncompressed layers',
  fix: { other: 'Compress without them: gzip -n, or let peel copy --compress gzip write the layer.' },
  references: ['reproducible-builds.org', 'RFC 1952'],
  needs: 'layers',
  *look({ scans }) {
    for (const [layer, { packing }] of scans.entries()) {
      const { gzipTime, hasGzipName } = packing
      if (gzipTime === 0 && !hasGzipName) continue
      const time = gzipTime === 0 ? [] : [`the time ${new Date(gzipTime * 1000).toISOString()}`]
      const said = [...time, ...(hasGzipName ? ["a file's name"] : [])].join(' and ')
      yield {
        layer,
        detail: `The gzip header of layer ${layer + 1} has ${said}.`,
        key: 'gzip',
        edits: [{ type: 'squash', from: layer, to: layer, anew: true }],
      }
    }
  },
}

const ownerNames: LayersRule = {
  id: 'repro/owner-names',
  severity: 'info',
  title: "A layer's entries name users of the machine that made them",
  matches: 'Entries of a layer with a name of a user or a group besides its number',
  mustNotMatch: 'Entries without names, and those of root, which every machine has',
  fix: { other: 'Make the archive with numbers: tar --numeric-owner, or a builder that writes none.' },
  references: ['reproducible-builds.org'],
  needs: 'layers',
  *look({ scans, stack }) {
    for (const [layer, { packing }] of scans.entries()) {
      if (packing.namedOwners === 0) continue
      const all = stack.changesets[layer]?.length ?? 0
      yield { layer, detail: `${packing.namedOwners} of ${all} entries of layer ${layer + 1} name one.`, key: 'owners' }
    }
  },
}

const accessTimes: LayersRule = {
  id: 'repro/access-times',
  severity: 'info',
  title: "A layer's entries say when they were read last",
  matches: 'Extended headers with atime or ctime',
  mustNotMatch: 'Entries with the time of their last change alone, which every archive has',
  fix: { other: 'Make the archive without them: tar --format=posix --pax-option=delete=atime,delete=ctime.' },
  references: ['reproducible-builds.org'],
  needs: 'layers',
  *look({ scans, stack }) {
    for (const [layer, { packing }] of scans.entries()) {
      if (packing.accessTimes === 0) continue
      const all = stack.changesets[layer]?.length ?? 0
      yield { layer, detail: `${packing.accessTimes} of ${all} entries of layer ${layer + 1} do.`, key: 'access' }
    }
  },
}

export const REPRO_ROWS: readonly Rule[] = [timestamps, volatileFiles, pipOrigin, tarOrder, gzipHeader, ownerNames, accessTimes]
