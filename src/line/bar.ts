/** A bar of eighths of a cell; in ASCII of whole ones. */
export function bar(share: number, cells: number, ascii: boolean): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * cells * 8)
  const full = Math.floor(eighths / 8)
  if (ascii && cells === 1) return share <= 0 ? ' ' : '.:|#'.charAt(Math.min(3, Math.floor(share * 4)))
  if (ascii) return '#'.repeat(share > 0 ? Math.max(1, full) : 0).padEnd(cells)
  if (cells === 1) return share <= 0 ? ' ' : '▁▂▃▄▅▆▇█'.charAt(Math.min(7, Math.floor(share * 8)))
  const rest = eighths % 8 === 0 ? '' : '▏▎▍▌▋▊▉'.charAt((eighths % 8) - 1)
  const drawn = '█'.repeat(full) + rest
  return (drawn === '' && share > 0 ? '▏' : drawn).padEnd(cells)
}
