import { test } from 'node:test'
import { scratch } from '../kit/image/local-image.ts'
import { killWriters } from './writer-kills.ts'

test('kill -9 at sixty moments of every command that writes into a layout', { timeout: 3_600_000 }, context =>
  killWriters(scratch(context), 60),
)
