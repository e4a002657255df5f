import type { Aspect } from '../overlay/node-comparison.ts'

/** In what a path can differ, as cli.md names it; `added`, `removed` and `moved` are changes that options name like classes. */
export const CHANGE_CLASSES = [
  'content',
  'owner',
  'mode',
  'time',
  'xattr',
  'target',
  'links',
  'type',
  'device',
  'added',
  'removed',
  'moved',
  'renamed-directory',
  'noise',
] as const
export type ChangeClass = (typeof CHANGE_CLASSES)[number]

/** A set of classes: bit `n` stands for `CHANGE_CLASSES[n]`. */
export type ClassMask = number

export const EVERY_CLASS: ClassMask = 2 ** CHANGE_CLASSES.length - 1

export function maskOf(...classes: readonly ChangeClass[]): ClassMask {
  return classes.reduce((mask, each) => mask | (1 << CHANGE_CLASSES.indexOf(each)), 0)
}

export function classesOf(mask: ClassMask): readonly ChangeClass[] {
  return CHANGE_CLASSES.filter((_, bit) => (mask & (1 << bit)) !== 0)
}

export function isChangeClass(text: string): text is ChangeClass {
  return (CHANGE_CLASSES as readonly string[]).includes(text)
}

/** The class of an aspect that the overlay's comparison of two nodes finds. */
export function maskOfAspects(aspects: readonly Aspect[]): ClassMask {
  return aspects.reduce((mask, aspect) => mask | maskOf(aspect === 'xattrs' ? 'xattr' : aspect), 0)
}
