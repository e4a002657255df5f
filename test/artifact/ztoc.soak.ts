// The laws of these tests, held against many cases.
import './ztoc.test.ts'
