import type { Elf } from '../elf.ts'

/** A processor as ELF headers name it (`e_machine`, class, byte order), and as image documents do. */
type Machine = { readonly machine: number; readonly bits: 32 | 64; readonly littleEndian: boolean; readonly architecture: string }

const MACHINES: readonly Machine[] = [
  { machine: 62, bits: 64, littleEndian: true, architecture: 'amd64' },
  // x32: 64-bit code with short pointers, which kernels of amd64 run where it is built in.
  { machine: 62, bits: 32, littleEndian: true, architecture: 'amd64' },
  { machine: 3, bits: 32, littleEndian: true, architecture: '386' },
  { machine: 183, bits: 64, littleEndian: true, architecture: 'arm64' },
  { machine: 40, bits: 32, littleEndian: true, architecture: 'arm' },
  { machine: 21, bits: 64, littleEndian: true, architecture: 'ppc64le' },
  { machine: 21, bits: 64, littleEndian: false, architecture: 'ppc64' },
  { machine: 22, bits: 64, littleEndian: false, architecture: 's390x' },
  { machine: 243, bits: 64, littleEndian: true, architecture: 'riscv64' },
  { machine: 258, bits: 64, littleEndian: true, architecture: 'loong64' },
  { machine: 8, bits: 64, littleEndian: true, architecture: 'mips64le' },
  { machine: 8, bits: 64, littleEndian: false, architecture: 'mips64' },
  { machine: 8, bits: 32, littleEndian: true, architecture: 'mipsle' },
  { machine: 8, bits: 32, littleEndian: false, architecture: 'mips' },
]

/** Machines whose programs another processor runs without an emulator. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  amd64: ['386'],
  arm64: ['arm'],
  mips64: ['mips'],
  mips64le: ['mipsle'],
}

/** Whether programs of that header start on the architecture; yes where either is not in the table. */
export function runsOn(elf: Elf, architecture: string): boolean {
  const built = machineOf(elf)
  if (built === undefined || !MACHINES.some(each => each.architecture === architecture)) return true
  return built === architecture || ALSO[architecture]?.includes(built) === true
}

export function machineName(elf: Elf): string {
  return machineOf(elf) ?? `machine ${elf.machine}`
}

function machineOf({ machine, bits, littleEndian }: Elf): string | undefined {
  return MACHINES.find(each => each.machine === machine && each.bits === bits && each.littleEndian === littleEndian)?.architecture
}
