import { ARCHIVE_CASES } from './archive-cases.ts'
import type { FindingCase } from './finding-case.ts'
import { LEAK_AND_DOCUMENT_CASES } from './leak-and-document-cases.ts'
import { PACKAGE_CASES } from './package-cases.ts'
import { RUN_CASES } from './run-cases.ts'
import { SECRET_CASES } from './secret-cases.ts'
import { SUSPICIOUS_CASES } from './suspicious-cases.ts'
import { USER_AND_FILE_CASES } from './user-and-file-cases.ts'
import { WASTE_CASES } from './waste-cases.ts'

/** The planted corpus: every case of every rule. */
export const ALL_CASES: readonly FindingCase[] = [
  ...RUN_CASES,
  ...USER_AND_FILE_CASES,
  ...WASTE_CASES,
  ...LEAK_AND_DOCUMENT_CASES,
  ...SUSPICIOUS_CASES,
  ...SECRET_CASES,
  ...PACKAGE_CASES,
  ...ARCHIVE_CASES,
]
