import { displayPath, type FilePath, pathText } from '../../layer/file-path.ts'

/** A path as reports of other formats name files: relative, percent-encoded, never `..` (SARIF 3.10.1, RFC 3986). */
export function pathUri(path: FilePath): string {
  const text = pathText(path) ?? displayPath(path)
  return text
    .split('/')
    .map(component => encodeURIComponent(component.toWellFormed()).replace(/^\.{1,2}$/, dots => dots.replaceAll('.', '%2E')))
    .join('/')
}
