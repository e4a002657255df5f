// The laws of these tests, held against many cases.
import './top-down.test.ts'
