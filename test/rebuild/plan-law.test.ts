import { test } from 'node:test'
import { scratch } from '../kit/image/local-image.ts'
import { runPlanLaw } from './plan-law.ts'

test('what a plan says is what is written: sources × destinations × edits', context => runPlanLaw(scratch(context), 5))
