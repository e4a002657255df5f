// Runs a bundle of dist/ that lies inside the single executable, as a thread.
const sea = require('node:sea')
const vm = require('node:vm')

exports.runAsset = (name, require) => {
  const file = `${name}.bundle.cjs`
  const script = `(function (exports, require, module, __filename, __dirname) {${sea.getAsset(file, 'utf8')}\n})`
  vm.runInThisContext(script, { filename: file })({}, require, {}, `/peel.executable/${file}`, '/peel.executable')
}
