import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { baseName, displayPath, type FilePath, pathText } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { SaveSlice } from '../model/content.ts'
import { type Content, hasBytes } from '../model/content.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'

/** Asks where to save a file or a directory of the first `layers` layers. */
export function askSave(state: State, node: TreeNode, layers: number): Step<Effect> {
  return ask(state, { kind: 'tree', image: 'shown', path: node.path, layers }, nameFor(node.path))
}

/** Asks where to save the version of a file, or the blob, that is looked at. */
export function askSaveContent(state: State, content: Content): Step<Effect> {
  if (!hasBytes(content)) return note(state, `A ${content.node?.type ?? 'file'} has no content to save.`)
  return ask(state, content.source, nameOfContent(content))
}

/** Asks where to save a text; `name` is offered. */
export function askSaveText(state: State, text: string, name: string): Step<Effect> {
  return ask(state, { kind: 'text', text }, name)
}

/** Saves what was asked for to the place that was typed. */
export function save(state: State, destination: string | undefined): Step<Effect> {
  const wanted = state.slices.save
  if (wanted === undefined || destination === undefined || destination.trim() === '') return [state, []]
  const [saving, effects] = note(withSlice(state, 'save', undefined), `Saving to ${escapeText(destination)}…`)
  const effect: Effect =
    wanted.kind === 'text'
      ? { type: 'save-text', tag: 'save', text: wanted.text, destination }
      : wanted.kind === 'tree'
        ? { type: 'save', image: wanted.image, tag: 'save', path: wanted.path, layers: wanted.layers, destination }
        : { type: 'save-bytes', tag: 'save', source: wanted, destination }
  return [saving, [...effects, effect]]
}

/** Opens a file's version in the user's pager. */
export function pageFile(state: State, node: TreeNode): Step<Effect> {
  if (node.type !== 'file' || node.content === undefined) return note(state, `A ${node.type} has no content to page through.`)
  return [state, [{ type: 'page', source: { kind: 'entry', image: 'shown', ...node.content }, name: nameFor(node.path) }]]
}

export function pageContent(state: State, content: Content): Step<Effect> {
  if (!hasBytes(content)) return note(state, `A ${content.node?.type ?? 'file'} has no content to page through.`)
  return [state, [{ type: 'page', source: content.source, name: nameOfContent(content) }]]
}

/** A blob has no name but its digest; its ending tells its kind. */
function nameOfContent({ node, source, json }: Content): string {
  if (node !== undefined) return nameFor(node.path)
  return source.kind === 'blob' ? `${shortDigest(source.blob.digest)}${json === undefined ? '' : '.json'}` : 'file'
}

function ask(state: State, wanted: SaveSlice, name: string): Step<Effect> {
  const asked = withSlice(state, 'save', wanted)
  return [
    { ...asked, dialog: { type: 'prompt', label: 'save to', field: fieldOf(`./${name}`), command: 'save', live: false } },
    [],
  ]
}

/** A name on this disk: the last component, without what a shell or a screen would stumble over. */
function nameFor(path: FilePath): string {
  const name = pathText(baseName(path)) ?? displayPath(baseName(path))
  return name === '' ? 'root' : name.replace(/[\p{C}/\\]/gu, '_')
}
