import type { Command } from 'commander'
import type { Context } from './run/context.ts'

/** A subcommand's own module: adds its arguments, options and action to `command`. */
type CommandModule = { readonly define: (command: Command, context: Context) => void }

export type CommandRow = {
  readonly name: string
  readonly summary: string
  /** Loaded when the command is asked for, so that none pays for the others at the start. */
  readonly load: () => Promise<CommandModule>
}

/** Every subcommand, in the order of `peel --help`. */
export const ROWS: readonly CommandRow[] = [
  { name: 'demo', summary: 'open a small built-in image that shows what peel finds', load: () => import('./commands/demo.ts') },
  {
    name: 'inspect',
    summary: 'show documents and sizes; reads no layer unless asked to',
    load: () => import('./commands/inspect.ts'),
  },
  { name: 'ls', summary: 'list files, of the whole image or of one layer', load: () => import('./commands/ls.ts') },
  { name: 'cat', summary: "print a file's bytes", load: () => import('./commands/cat.ts') },
  { name: 'extract', summary: 'write a file or a tree to disk, safely', load: () => import('./commands/extract.ts') },
  {
    name: 'waste',
    summary: 'list every byte that is shipped and never read, and the layer that hid it',
    load: () => import('./commands/waste.ts'),
  },
  { name: 'diff', summary: 'compare two images, or a layer with those below it', load: () => import('./commands/diff.ts') },
  { name: 'history', summary: 'show the build steps beside the layers they made', load: () => import('./commands/history.ts') },
  {
    name: 'check',
    summary: 'find the faults of an image, their cost, and the way to mend them',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'verify',
    summary: 'read everything anew and check every digest, size, DiffID and document',
    load: () => import('./commands/verify.ts'),
  },
  {
    name: 'copy',
    summary: 'copy an image to another place, as it is or recompressed',
    load: () => import('./commands/copy.ts'),
  },
  { name: 'tags', summary: 'list the tags of a repository', load: () => import('./commands/tags.ts') },
  { name: 'catalog', summary: 'list the repositories of a registry', load: () => import('./commands/catalog.ts') },
  {
    name: 'referrers',
    summary: 'list signatures, attestations and SBOMs of an image',
    load: () => import('./commands/referrers.ts'),
  },
  {
    name: 'soci',
    summary: 'write an index by which files are read without pulling layers',
    load: () => import('./commands/soci.ts'),
  },
  { name: 'cache', summary: 'show the size of the cache on disk, or clear it', load: () => import('./commands/cache.ts') },
  {
    name: 'squash',
    summary: 'write a smaller image: squash layers, remove files, edit the config',
    load: () => import('./commands/squash.ts'),
  },
  {
    name: 'build',
    summary: 'make an image of files and tars, on an image or on nothing, without a daemon',
    load: () => import('./commands/build.ts'),
  },
  {
    name: 'unpack',
    summary: 'write a runtime bundle that runc runs, and its changes back as a layer',
    load: () => import('./commands/unpack.ts'),
  },
  {
    name: 'index',
    summary: 'make an index of images for several platforms, or change one',
    load: () => import('./commands/make-index.ts'),
  },
  {
    name: 'rebase',
    summary: 'put an image on another base, and report every conflict first',
    load: () => import('./commands/rebase.ts'),
  },
  {
    name: 'serve',
    summary: 'answer as a registry for layouts and archives of this machine',
    load: () => import('./commands/serve.ts'),
  },
  {
    name: 'usage',
    summary: 'show how much each tag of a place holds, and how much deleting it would free',
    load: () => import('./commands/usage.ts'),
  },
  {
    name: 'prune',
    summary: 'delete tags of a layout or a repository, and blobs that nothing leads to',
    load: () => import('./commands/prune.ts'),
  },
  {
    name: 'search',
    summary: 'find images known here by their purpose, in English or Chinese',
    load: () => import('./commands/search.ts'),
  },
  {
    name: 'schema',
    summary: 'print the JSON schema of what a command says with --json',
    load: () => import('./commands/schema.ts'),
  },
  { name: 'completion', summary: 'print the completion script of a shell', load: () => import('./commands/completion.ts') },
]
