/** A size that every pty takes. A view may report nonsense while it is laid out; the kernel's fields have 16 bits. */
export const sizeOf = (cols: number, rows: number): { cols: number; rows: number } => ({ cols: within(cols, 2, 5000), rows: within(rows, 1, 5000) });

const within = (n: number, low: number, high: number) => (Number.isFinite(n) ? Math.min(high, Math.max(low, Math.trunc(n))) : low);
