/** The terms of the filter language and the entries each keeps: `peel help filter`, docs, and the language that filter.ts parses. */
export const FILTER_TERMS: readonly { readonly term: string; readonly keeps: string }[] = [
  { term: 'text  "two words"', keeps: 'paths that contain it; capitals make it case-sensitive; /etc begins at the root' },
  { term: '*.so  usr/**', keeps: 'globs: without a slash on the name, with one on the whole path' },
  { term: '/expression/  /expression/i', keeps: 'a regular expression over the whole path, which has no leading slash' },
  { term: '>10M  <=1k  size:1M..2M', keeps: 'files by their size, SI units (KiB and MiB for powers of two)' },
  {
    term: 'type:link,fifo',
    keeps: 'file, directory, link, hardlink, device, character-device, block-device, fifo, whiteout, opaque',
  },
  { term: 'layer:3  layer:2..4', keeps: 'entries that these layers provide, counted from 1' },
  { term: 'change:removed', keeps: 'added, modified, removed, unchanged' },
  { term: 'uid:0  gid:>999  links:>1', keeps: 'numbers, ranges, lists' },
  { term: 'suid  sgid  mode:755  mode:-4000  mode:o+w', keeps: 'permission bits: exact, all of, any of with /' },
  { term: 'mtime:2024-05  mtime:<7d  mtime:before:2020', keeps: 'modification times (UTC)' },
  { term: 'name:text-or-glob', keeps: 'the last component only' },
]
