import { type FilePath, LONGEST_PATH } from '../../layer/file-path.ts'

/** The package in whose directory a file lies, where no database has a digest of it. */
export type WeakOwner = { readonly type: string; readonly name: string; readonly version: string; readonly directory: FilePath }

/**
 * The package whose directory a path lies in, by where package managers put them: the innermost one. Files that people put there
 * (`.env`, `.npmrc`, caches) have no owner. Whether the directory is a package's in truth is for its caller to see: `marker` is the file that
 * says so.
 */
export function weakOwner(path: FilePath): (WeakOwner & { readonly marker: FilePath | undefined }) | undefined {
  if (path.length > LONGEST_PATH || OWN.test(path)) return undefined
  for (const { type, pattern, marker } of PLACES) {
    const match = pattern.exec(path)
    const [directory, name = '', version = ''] = match ?? []
    if (directory === undefined) continue
    const place = directory.replace(/\/$/, '') as FilePath
    return {
      type,
      name,
      version,
      directory: place,
      marker: marker === undefined ? undefined : (`${place}/${marker}` as FilePath),
    }
  }
  return undefined
}

/** Files that a package manager would not have put there. */
const OWN = /(?:^|\/)(?:\.env[^/]*|\.npmrc|\.git-credentials|\.netrc)$|(?:^|\/)node_modules\/\.cache\//

const PLACES: readonly { readonly type: string; readonly pattern: RegExp; readonly marker?: string }[] = [
  { type: 'npm', pattern: /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\/(?=.)/, marker: 'package.json' },
  { type: 'gem', pattern: /^(?:.*\/)?gems\/([^/]+)-(\d[\w.]*(?:-[\w.-]+)?)\// },
  { type: 'go', pattern: /^(?:.*\/)?pkg\/mod\/((?:[^/@]+\/)*[^/@]+)@([^/]+)\// },
  { type: 'java', pattern: /^(?:.*\/)?\.m2\/repository\/(?:.*\/)?([^/]+)\/(\d[^/]*)\// },
  { type: 'rust', pattern: /^(?:.*\/)?registry\/src\/[^/]+\/([^/]+)-(\d[^/]*)\// },
  // Languages that official images build from source: no package manager knows them, but every image has the same files.
  { type: 'go', pattern: /^usr\/local\/(go)\/(?=(?:src|test|pkg|misc)\/)/, marker: 'VERSION' },
  {
    type: 'python',
    pattern: /^(?:usr|usr\/local|opt\/[^/]+)\/lib\/(python)(3\.\d+)\/(?!site-packages|dist-packages)/,
    marker: 'os.py',
  },
  { type: 'php', pattern: /^(?:.*\/)?vendor\/([^/]+\/[^/]+)\/(?=.)/, marker: 'composer.json' },
]
