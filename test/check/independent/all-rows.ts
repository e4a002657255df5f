import type { FindingCase } from '../corpus/finding-case.ts'
import { CREDENTIAL_FILE_ROWS } from './credential-file-rows.ts'
import { DOCUMENT_ROWS } from './document-rows.ts'
import { LEAK_ROWS } from './leak-rows.ts'
import { RUN_ROWS } from './run-rows.ts'
import { SECRET_ROWS } from './secret-rows.ts'
import { SERVICE_ROWS } from './service-rows.ts'
import { SUSPICIOUS_ROWS } from './suspicious-rows.ts'
import { VALUE_ROWS } from './value-rows.ts'
import { WASTE_ROWS } from './waste-rows.ts'

/** The third of the planted corpus that was written from the specification of the rules, without a look at the rules. */
export const INDEPENDENT_ROWS: readonly FindingCase[] = [
  ...SECRET_ROWS,
  ...VALUE_ROWS,
  ...CREDENTIAL_FILE_ROWS,
  ...SERVICE_ROWS,
  ...RUN_ROWS,
  ...LEAK_ROWS,
  ...WASTE_ROWS,
  ...SUSPICIOUS_ROWS,
  ...DOCUMENT_ROWS,
]
