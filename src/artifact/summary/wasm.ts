import { malformed, type RangeReader } from '../range-reader.ts'

type WasmName = { readonly name: string; readonly type: string }

/** The kind and needs of a WebAssembly binary: the sections' heads are read, no code. */
export type WasmSummary = {
  readonly kind: 'wasm'
  /** A core module, or a component of the component model (its layer field is 1). */
  readonly binary: 'module' | 'component'
  /** `module.field` of a module, the interface's name of a component. */
  readonly imports: readonly WasmName[]
  readonly exports: readonly WasmName[]
  /** Names of custom sections, such as `name` and `producers`. */
  readonly custom: readonly string[]
  /** Whether all of it was listed. */
  readonly complete: boolean
}

const [SECTIONS, NAMES, NAME_LENGTH] = [10_000, 5000, 1024]
/** Bytes of one section's contents that are looked at. */
const SECTION_LIMIT = 512 * 1024
const KINDS = ['func', 'table', 'memory', 'global', 'tag']

/**
 * Walks over the sections of a module (webassembly.github.io/spec, "Binary Format") or component (WebAssembly/component-model
 * Binary.md): each says its length, so that code is passed over.
 * @throws ImageError `SUMMARY_INVALID`, those of the reader
 */
export async function readWasm(reader: RangeReader): Promise<WasmSummary> {
  const head = await reader.read(0, 8)
  if (head.length < 8 || head.readUInt32BE(0) !== 0x0061736d) throw malformed('WebAssembly', 'it does not begin as WebAssembly')
  const layer = head.readUInt16LE(6)
  if (layer > 1) throw malformed('WebAssembly', `its layer is ${layer}`)
  const component = layer === 1
  const found: Found = { imports: [], exports: [], custom: [], complete: true }
  let at = 8
  for (let count = 0; at < reader.size; count++) {
    if (count === SECTIONS) throw malformed('WebAssembly', `it has more than ${SECTIONS} sections`)
    const input = new Input(await reader.read(at, 6))
    const [id, length] = [input.byte(), input.u32()]
    const start = at + input.at
    at = start + length
    if (at > reader.size) throw malformed('WebAssembly', 'a section goes beyond the end of the file')
    await section(reader, { id, start, length, component }, found)
  }
  return { kind: 'wasm', binary: component ? 'component' : 'module', ...found }
}

type Found = { readonly imports: WasmName[]; readonly exports: WasmName[]; readonly custom: string[]; complete: boolean }
type Section = { readonly id: number; readonly start: number; readonly length: number; readonly component: boolean }

async function section(reader: RangeReader, { id, start, length, component }: Section, found: Found): Promise<void> {
  if (id === 0) {
    const input = new Input(await reader.read(start, Math.min(length, NAME_LENGTH)))
    const size = input.u32()
    if (found.custom.length < NAMES) found.custom.push(input.text(Math.min(size, length, NAME_LENGTH - 5)))
    else found.complete = false
    return
  }
  const [imports, exports] = component ? [10, 11] : [2, 7]
  if (id !== imports && id !== exports) return
  if (length > SECTION_LIMIT) {
    found.complete = false
    return
  }
  const input = new Input(await reader.read(start, length))
  const names = id === imports ? found.imports : found.exports
  const count = input.u32()
  for (let each = 0; each < count; each++) {
    const name = component ? componentName(input, id === imports) : moduleName(input, id === imports)
    if (names.length < NAMES) names.push(name)
    else found.complete = false
  }
}

function moduleName(input: Input, imported: boolean): WasmName {
  const name = imported ? `${input.name()}.${input.name()}` : input.name()
  const kind = input.byte()
  if (!imported) input.u32()
  else if (kind === 0) input.u32()
  else if (kind === 1) input.skip(1).limits()
  else if (kind === 2) input.limits()
  else if (kind === 3) input.skip(2)
  else if (kind === 4) input.skip(1).u32()
  return { name, type: KINDS[kind] ?? invalidKind() }
}

const SORTS = ['core module', 'func', 'value', 'type', 'component', 'instance']

/** An import's or export's name, and what it is (Binary.md: importname', externdesc, sortidx). */
function componentName(input: Input, imported: boolean): WasmName {
  if (input.byte() > 2) return invalidKind()
  const name = input.name()
  const sort = input.byte()
  if (imported) externDescription(input, sort)
  else {
    if (sort === 0) input.skip(1)
    input.u32()
    if (input.byte() === 1) externDescription(input, input.byte())
  }
  return { name, type: SORTS[sort] ?? invalidKind() }
}

function externDescription(input: Input, sort: number): void {
  if (sort === 0) input.skip(1).u32()
  else if (sort === 2 || sort === 3) {
    const bound = input.byte()
    if (bound === 0 || sort === 2) input.u32()
  } else input.u32()
}

function invalidKind(): never {
  throw malformed('WebAssembly', 'an import or export is of an unknown kind')
}

/** Bytes of a section, from front to back. */
class Input {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.at++]
    if (value === undefined) throw malformed('WebAssembly', 'a section ends early')
    return value
  }

  /** LEB128. */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw malformed('WebAssembly', 'a number is too long')
  }

  name(): string {
    const length = this.u32()
    if (this.at + length > this.#bytes.length) throw malformed('WebAssembly', 'a name goes beyond its section')
    const text = this.#bytes.toString('utf8', this.at, this.at + Math.min(length, NAME_LENGTH))
    this.at += length
    return text
  }

  text(length: number): string {
    return this.#bytes.toString('utf8', this.at, this.at + length)
  }

  skip(length: number): this {
    this.at += length
    return this
  }

  limits(): void {
    const flags = this.byte()
    this.u64()
    if ((flags & 1) === 1) this.u64()
  }

  u64(): void {
    for (let length = 0; length < 10; length++) if (this.byte() < 0x80) return
    throw malformed('WebAssembly', 'a number is too long')
  }
}
