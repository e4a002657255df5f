// Runs one stretch of the fuzz in a process of its own: `open-fuzz-run.ts documents|archives SEED COUNT FILE`. Prints what it
// saw as JSON. The limit on memory is then about these inputs, not about what glibc's allocator keeps after a hundred thousand
// native decompressors (with MALLOC_MMAP_THRESHOLD_=65536 the process stays flat).
import { fuzzArchives, fuzzDocuments } from './open-fuzz.ts'

const [kind, seed = '', count = '', file = ''] = process.argv.slice(2)
const opened =
  kind === 'archives' ? await fuzzArchives(Number(seed), Number(count), file) : await fuzzDocuments(Number(seed), Number(count))
console.log(JSON.stringify({ opened, rss: process.resourceUsage().maxRSS * 1024 }))
