import type { FindingCase } from './finding-case.ts'
import { RUN_CASES } from './run-cases.ts'
import { USER_AND_FILE_CASES } from './user-and-file-cases.ts'
import { WASTE_CASES } from './waste-cases.ts'

/** The planted corpus: every case of every rule. */
export const ALL_CASES: readonly FindingCase[] = [...RUN_CASES, ...USER_AND_FILE_CASES, ...WASTE_CASES]
