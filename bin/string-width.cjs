// Bundled into dist/ for bin/text-width.cjs.
module.exports = require('string-width')
