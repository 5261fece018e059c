// Preloaded into a host: its wall clock is off by as many milliseconds as the file named by MOVED_CLOCK says, from one moment to the next.
import { readFileSync } from 'node:fs';
import process from 'node:process';

const RealDate = Date;
const offMs = () => {
  try {
    return Number(readFileSync(process.env.MOVED_CLOCK ?? '', 'utf8')) || 0;
  } catch {
    return 0;
  }
};

globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + offMs()] : args));
  }

  static now() {
    return RealDate.now() + offMs();
  }
};
