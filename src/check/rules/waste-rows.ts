import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { Hit, Layers, LayersRule, Rule } from '../rule.ts'
import type { PlaceClaim } from '../waste-claims.ts'
import type { WastePlace } from '../waste-places.ts'
import { cacheFix } from './cache-fix.ts'
import { HIDDEN_ROWS } from './hidden-rows.ts'
import { LEFTOVER_ROWS } from './leftover-rows.ts'
import { SYMBOL_ROWS } from './symbol-rows.ts'

/** Bytes that an image ships and does without. The order is the order of claims: each byte is told of once. */

const packageCache: LayersRule = {
  id: 'waste/package-cache',
  severity: 'warning',
  title: 'A package cache is shipped',
  matches: 'More than 1 MB in the cache directory of a package manager in one layer, whether a later layer removes it or not',
  mustNotMatch:
    'Empty directories; lock, partial and auxfiles of apt; caches that are meant (browsers of playwright and puppeteer, models of huggingface): told as info',
  fix: { other: 'Keep the cache out of the step that fills it: a cache mount, or removing it in the same RUN.' },
  references: ['DL3009', 'DL3019', 'DL3032', 'DL3040', 'DL3042', 'DL3060', 'DKL-DI-0004', 'DKL-DI-0005', 'DS-0017', 'DS-0025'],
  needs: 'layers',
  *look({ claims, builder }) {
    for (const claim of claims.places) {
      if (claim.place.use !== 'cache' && claim.place.use !== 'wanted-cache') continue
      const { place, path, layer } = claim
      yield {
        ...(place.use === 'wanted-cache' && {
          severity: 'info',
          title: 'Downloaded data is shipped in a cache directory',
          edits: [],
        }),
        path,
        layer,
        ...(claim.hiddenBy !== undefined && { hiddenBy: claim.hiddenBy }),
        mendedBy: layer,
        bytes: claim.visible + claim.hidden,
        hiddenBytes: claim.hidden,
        detail: placeDetail(claim),
        fix: cacheFix(place, layer, builder),
        key: place.tool,
      }
    }
  },
}

function placeDetail({ place, path, layer, visible, hidden, files, hiddenBy }: PlaceClaim): string {
  const size = formatSize(visible + hidden)
  const what = `Layer ${layer + 1} ships ${size} of /${displayPath(path)} (${place.tool}, ${formatCount(files)} ${files === 1 ? 'file' : 'files'})`
  if (hidden === 0) return `${what}.`
  if (hiddenBy !== undefined && hiddenBy !== layer)
    return `${what}; layer ${hiddenBy + 1} removes it, and every pull still carries it.`
  return `${what}; ${formatSize(hidden)} of it are removed again by a later layer and still pulled.`
}

const sparseLog: LayersRule = {
  id: 'waste/sparse-log',
  severity: 'warning',
  title: 'A record of logins is as long as the highest user id',
  matches: 'lastlog, faillog or tallylog of more than 10 MB',
  mustNotMatch: 'Smaller ones',
  fix: { other: 'useradd -l (--no-log-init) with a high uid, or a smaller uid; and remove the file.' },
  references: ['DL3046'],
  needs: 'layers',
  *look({ claims }) {
    for (const claim of claims.places) if (claim.place.use === 'sparse-log') yield ofPlace(claim)
  },
}

function ofPlace(claim: PlaceClaim): Hit {
  const { path, layer, hiddenBy, visible, hidden } = claim
  return {
    path,
    layer,
    ...(hiddenBy !== undefined && { hiddenBy }),
    mendedBy: layer,
    bytes: visible + hidden,
    hiddenBytes: hidden,
    detail: placeDetail(claim),
  }
}

/** Places of one use that are told together, a finding a layer, where they are more than so many bytes. */
function* together({ claims }: Layers, use: WastePlace['use'], least: number): Generator<Hit> {
  const places = claims.places.filter(({ place, visible }) => place.use === use && visible > 0)
  if (places.reduce((sum, { visible }) => sum + visible, 0) <= least) return
  for (const [layer, inLayer] of Map.groupBy(places, each => each.layer)) {
    const bytes = inLayer.reduce((sum, { visible }) => sum + visible, 0)
    const paths = inLayer.map(({ path, visible }) => `${formatSize(visible)} in /${displayPath(path)}`)
    const [first] = inLayer
    yield {
      layer,
      ...(inLayer.length === 1 && first !== undefined && { path: first.path }),
      bytes,
      detail: `Layer ${layer + 1} ships ${paths.slice(0, 6).join(', ')}.`,
      key: use,
    }
  }
}

const docs: LayersRule = {
  id: 'waste/docs',
  severity: 'info',
  title: 'Documentation is shipped',
  matches: 'More than 5 MB of manual pages, info, doc, help and translations',
  mustNotMatch: 'Licences (copyright)',
  fix: {
    other: 'path-exclude lines in /etc/dpkg/dpkg.cfg.d before the packages come, or tsflags=nodocs for dnf.',
  },
  references: [],
  needs: 'layers',
  look: layers => together(layers, 'docs', 5_000_000),
}

const logs: LayersRule = {
  id: 'waste/logs',
  severity: 'info',
  title: 'Logs of the build are shipped',
  matches: 'More than 1 MB below var/log',
  mustNotMatch: 'Records of logins, which have their own rule; links to standard output',
  fix: { other: 'rm -rf /var/log/* in the RUN that makes them.' },
  references: [],
  needs: 'layers',
  look: layers => together(layers, 'logs', 1_000_000),
}

export const WASTE_ROWS: readonly Rule[] = [packageCache, sparseLog, docs, logs, ...LEFTOVER_ROWS, ...HIDDEN_ROWS, ...SYMBOL_ROWS]
