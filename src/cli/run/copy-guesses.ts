import { becomes, nothing, type OptionGuess, option } from './option-guess.ts'

const WRITING = ['squash', 'copy', 'index', 'rebase', 'unpack', 'extract']

/** Options by which skopeo, crane, regctl and oras copy images. */
export const COPY_GUESSES: readonly OptionGuess[] = [
  {
    commands: ['copy', 'squash'],
    options: ['--concurrency', '--jobs'],
    typed: 'copy --jobs 4 SRC DEST',
    means: 'nothing: several blobs are sent at once',
    takes: true,
    ...nothing,
  },
  {
    commands: ['copy'],
    options: ['--recursive', '-r', '--digest-tags'],
    typed: 'copy --recursive SRC DEST',
    means: '--referrers',
    ...becomes('--referrers'),
  },
  {
    commands: ['copy'],
    options: ['--all-tags'],
    typed: 'copy --all-tags SRC DEST',
    means: '--tags *',
    ...becomes('--tags', '*'),
  },
  {
    commands: ['copy'],
    options: ['--preserve-digests'],
    typed: 'copy --preserve-digests SRC DEST',
    means:
      'A copy keeps every digest unless --compress or --format asks for others; an engine and docker-archive: have none of their own.',
  },
  {
    commands: ['copy'],
    options: ['--sign-by', '--sign-by-sigstore', '--sign-by-sigstore-private-key', '--sign-passphrase-file'],
    takes: true,
    typed: 'copy --sign-by KEY SRC DEST',
    means: 'peel signs nothing: run `cosign sign IMAGE` after the copy.',
  },
  {
    commands: ['copy'],
    options: ['--remove-signatures'],
    typed: 'copy --remove-signatures SRC DEST',
    means: 'nothing: signatures go along with --referrers only',
    ...nothing,
  },
  {
    commands: ['copy', 'squash'],
    options: ['--additional-tag'],
    takes: true,
    typed: 'copy --additional-tag NAME SRC DEST',
    means: 'Copy again under the other name: what is there already is not sent twice.',
  },
  {
    commands: ['copy', 'squash', 'build'],
    options: ['--digestfile', '--iidfile', '--metadata-file'],
    takes: true,
    typed: 'copy --digestfile FILE SRC DEST',
    means: 'The digest is in what --json prints: peel copy --json SRC DEST | jq -r .result.digest',
  },
  {
    commands: ['copy', 'squash'],
    options: ['--dest-decompress'],
    typed: 'copy --dest-decompress SRC DEST',
    means: '--compress none',
    ...becomes('--compress', 'none'),
  },
  {
    commands: ['copy'],
    options: ['--dest-oci-accept-uncompressed-layers'],
    typed: 'copy --dest-oci-accept-uncompressed-layers SRC DEST',
    means: 'nothing: a copy leaves layers as they are',
    ...nothing,
  },
  {
    commands: ['copy', 'squash', 'build'],
    options: ['--compression-level', '--dest-compress-level'],
    takes: true,
    typed: 'copy --compression-level 9 SRC DEST',
    means: 'The level stands after the name: --compress gzip:9.',
  },
  { commands: ['copy'], options: ['-a', '--all-platforms'], typed: 'copy -a SRC DEST', means: '--all', ...becomes('--all') },
  {
    commands: ['copy'],
    options: ['--multi-arch'],
    typed: 'copy --multi-arch all SRC DEST',
    means: '--all',
    takes: true,
    read: value => (value === 'all' ? ['--all'] : value === 'system' ? [] : undefined),
  },
  { commands: WRITING, options: ['-f'], typed: 'copy -f SRC DEST', means: '--force', ...becomes('--force') },
  {
    commands: ['copy', 'squash'],
    options: ['--dest-compress-format', '--compression-format', '--compression'],
    typed: 'copy --dest-compress-format zstd SRC DEST',
    means: '--compress zstd',
    ...option('--compress'),
  },
  {
    commands: ['copy', 'squash'],
    options: ['--dest-compress'],
    typed: 'copy --dest-compress SRC DEST',
    means: '--compress gzip',
    ...becomes('--compress', 'gzip'),
  },
  {
    commands: ['copy'],
    options: ['-n', '--dry-run'],
    typed: 'copy --dry-run SRC DEST',
    means: 'A copy changes nothing, so there is nothing to preview: `peel inspect SRC` shows what it sends.',
  },
  {
    commands: ['copy'],
    options: ['-o', '--output'],
    takes: true,
    typed: 'save IMAGE -o FILE.tar',
    means: 'Name the file last: peel copy IMAGE FILE.tar',
  },
]
