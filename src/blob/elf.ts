import type { ByteText } from './byte-text.ts'
import { asByteText } from './byte-text.ts'
/** The facts in the header of an ELF file (System V ABI, gABI chapter 4); undefined for everything else. */
export function readElfHeader(bytes: Uint8Array): ElfHeader | undefined {
  if (bytes.length < 52 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) return undefined
  const wide = bytes[4] === 2
  const little = bytes[5] !== 2
  if (wide && bytes.length < 64) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const half = (offset: number) => view.getUint16(offset, little)
  const address = wide ? view.getBigUint64(24, little) : BigInt(view.getUint32(24, little))
  const programs = programHeaders(view, wide, little)
  return {
    bits: wide ? 64 : 32,
    byteOrder: little ? 'little-endian' : 'big-endian',
    kind: KINDS[half(16)] ?? `type ${half(16)}`,
    machine: MACHINES[half(18)] ?? `machine ${half(18)}`,
    system: SYSTEMS[bytes[7] ?? 0] ?? `system ${bytes[7]}`,
    entryPoint: `0x${address.toString(16)}`,
    linking: programs.dynamic ? 'dynamic' : 'static',
    interpreter: interpreterOf(bytes, programs.interpreter),
  }
}

export type ElfHeader = {
  readonly bits: 32 | 64
  readonly byteOrder: 'little-endian' | 'big-endian'
  readonly kind: string
  readonly machine: string
  readonly system: string
  readonly entryPoint: string
  readonly linking: 'dynamic' | 'static'
  /** Path of the program interpreter, one character per byte; undefined when it has none or it lies beyond `bytes`. */
  readonly interpreter: ByteText | undefined
}

const KINDS: Readonly<Record<number, string>> = {
  1: 'relocatable object',
  2: 'executable',
  3: 'shared object or position-independent executable',
  4: 'core dump',
}

const SYSTEMS: Readonly<Record<number, string>> = { 0: 'System V', 3: 'Linux', 9: 'FreeBSD' }

const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S390',
  40: 'ARM',
  43: 'SPARC 64',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
  247: 'BPF',
  258: 'LoongArch',
}

type Stretch = { readonly offset: number; readonly size: number }

const PT_DYNAMIC = 2
const PT_INTERP = 3
/** More program headers than this are not looked at. */
const HEADERS_LIMIT = 256

function programHeaders(view: DataView, wide: boolean, little: boolean): { dynamic: boolean; interpreter: Stretch | undefined } {
  const start = wide ? Number(view.getBigUint64(32, little)) : view.getUint32(28, little)
  const size = view.getUint16(wide ? 54 : 42, little)
  const count = Math.min(HEADERS_LIMIT, view.getUint16(wide ? 56 : 44, little))
  let [dynamic, interpreter]: [boolean, Stretch | undefined] = [false, undefined]
  for (let index = 0; index < count; index++) {
    const at = start + index * size
    if (at + (wide ? 40 : 20) > view.byteLength) break
    const type = view.getUint32(at, little)
    if (type === PT_DYNAMIC) dynamic = true
    if (type !== PT_INTERP) continue
    interpreter = wide
      ? { offset: Number(view.getBigUint64(at + 8, little)), size: Number(view.getBigUint64(at + 32, little)) }
      : { offset: view.getUint32(at + 4, little), size: view.getUint32(at + 16, little) }
  }
  return { dynamic: dynamic || interpreter !== undefined, interpreter }
}

function interpreterOf(bytes: Uint8Array, stretch: Stretch | undefined): ByteText | undefined {
  if (stretch === undefined || stretch.size > 4096 || stretch.offset + stretch.size > bytes.length) return undefined
  const text = Buffer.from(bytes.subarray(stretch.offset, stretch.offset + stretch.size)).toString('latin1')
  return asByteText(text.replace(/\0.*$/s, ''))
}
