/** A whole number for people: `1,234,567`. Not by `Intl`, whose first use costs half a frame. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
