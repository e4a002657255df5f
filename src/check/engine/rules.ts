import type { Rule } from '../rule.ts'
import { BASE_ROWS } from '../rules/base-rows.ts'
import { FILE_ROWS } from '../rules/file-rows.ts'
import { LAYER_ROWS } from '../rules/layer-rows.ts'
import { LEAK_ROWS } from '../rules/leak-rows.ts'
import { META_ROWS } from '../rules/meta-rows.ts'
import { REFUSED_ROWS } from '../rules/refused-row.ts'
import { REPRO_ROWS } from '../rules/repro-rows.ts'
import { RUN_ROWS } from '../rules/run-rows.ts'
import { SECRET_ROWS } from '../rules/secret-rows.ts'
import { SEMANTICS_ROWS } from '../rules/semantics-rows.ts'
import { SUSPICIOUS_ROWS } from '../rules/suspicious-rows.ts'
import { USER_ROWS } from '../rules/user-rows.ts'
import { WASTE_ROWS } from '../rules/waste-rows.ts'

/** Every rule, in the order they look: those of `waste/*` claim bytes one after the other. */
export const RULES: readonly Rule[] = [
  ...RUN_ROWS,
  ...REFUSED_ROWS,
  ...USER_ROWS,
  ...FILE_ROWS,
  ...SECRET_ROWS,
  ...LEAK_ROWS,
  ...WASTE_ROWS,
  ...LAYER_ROWS,
  ...META_ROWS,
  ...BASE_ROWS,
  ...REPRO_ROWS,
  ...SUSPICIOUS_ROWS,
  ...SEMANTICS_ROWS,
]
