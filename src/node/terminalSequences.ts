/** Controls without parameters that a terminal answers: ENQ and DECID. */
export const answersItself: ReadonlySet<string> = new Set(['\x05', '\x1bZ']);

/**
 * Control sequences that a terminal answers, as prefix + intermediates + final: device attributes (c), status and cursor reports (n), modes ($p),
 * version (>q), kitty keyboard (?u), parameters (x), checksum (*y), key modifiers (?m), tab and cursor state ($w), graphics (?S), palette and title (#),
 * user charset (&u), locator ('|), displayed extent ("v).
 */
const csiQueries: ReadonlySet<string> = new Set([
  'c', '>c', '=c', 'n', '?n', '$p', '?$p', '>q', '?u', 'x', '*y', '?*y', '?m', '$w', '$u', '?S', '#R', '#S', '&u', "'|", '"v',
]);
/** Window reports; the others of `CSI … t` move, size and title the window. */
const windowReports: ReadonlySet<string> = new Set(['11', '13', '14', '15', '16', '18', '19', '20', '21']);

/** `inside`: what stands between CSI and its final character. */
export function isCsiQuery(inside: string, final: string): boolean {
  const [, prefix, params, intermediates] = /^([<-?]?)([0-9:;]*)([ -/]*)$/.exec(inside) ?? [];
  if (prefix === undefined || params === undefined || intermediates === undefined) return false;
  if (final === 't') return prefix + intermediates === '' && windowReports.has(params.split(/[;:]/)[0]!.replace(/^0+/, ''));
  return csiQueries.has(prefix + intermediates + final);
}

/** Operating system commands in which a field `?` asks: palette (4, 5), colours (10-19), highlight (17, 19), kitty colours (21), font (50), clipboard (52). */
const asking = /^0*(4|5|1[0-9]|21|50|52|99|1337);/;
const itermReport = 'ReportCellSize|ReportVariable=|Capabilities|RequestUpload';

/** Whether a whole operating system command is one that a terminal answers. */
export function isStringQuery(content: string): boolean {
  if (!asking.test(content)) return false;
  const [code, ...fields] = content.split(';');
  switch (Number(code)) {
    case 52:
      return fields[1]?.startsWith('?') ?? false;
    case 99:
      return /(^|:)p=(\?|alive)(:|$)/.test(fields[0] ?? '');
    case 1337:
      return new RegExp(`^(${itermReport})`).test(fields[0] ?? '');
    case 21:
      return fields.some((field) => field.endsWith('=?'));
    default:
      return fields.some((field) => field.startsWith('?'));
  }
}

/** Whether the beginning of an operating system command may still turn out to ask. What may not is passed on without waiting for its end. */
export function mayBecomeQuery(content: string): boolean {
  if (!content.includes(';')) return /^\d*$/.test(content);
  if (!asking.test(content)) return false;
  const [code, first = '', second] = content.split(';');
  if (Number(code) === 52) return second === undefined || second === '' || second.startsWith('?');
  if (Number(code) === 1337) return itermReport.split('|').some((report) => report.startsWith(first) || first.startsWith(report));
  return true;
}

/** What a command that asks and also sets is without the asking; empty when it only asks. */
export function withoutQueries(content: string): string {
  const [code, ...fields] = content.split(';');
  const number = Number(code);
  if (number === 4 || number === 5) {
    const pairs = fields.flatMap((field, index) => (index % 2 === 0 && index + 1 < fields.length && !fields[index + 1]!.startsWith('?') ? [`${field};${fields[index + 1]}`] : []));
    return pairs.length === 0 ? '' : `\x1b]${number};${pairs.join(';')}\x1b\\`;
  }
  if (number < 10 || number > 19) return '';
  return fields.map((field, index) => (field.startsWith('?') || field === '' ? '' : `\x1b]${number + index};${field}\x1b\\`)).join('');
}
