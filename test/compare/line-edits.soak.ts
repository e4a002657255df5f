// The laws of these tests, held against many cases.
import './line-edits.test.ts'
