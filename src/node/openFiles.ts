import { closeSync, openSync } from 'node:fs';

/** How many files this process may have open at once; null where the system does not say. */
export const mostOpenFiles = (): number | null => softLimit('open_files');

/** How many processes and threads this user may have at once; null where the system does not say, or sets no limit. */
export const mostProcesses = (): number | null => softLimit('max_user_processes');

const softLimit = (name: string): number | null => {
  const report = process.report as (NodeJS.ProcessReport & { excludeNetwork?: boolean }) | undefined;
  if (!report) return null;
  // Else it looks up the name of every address that this process is connected to.
  report.excludeNetwork = true;
  const { userLimits } = report.getReport() as { userLimits?: Record<string, { soft?: unknown } | undefined> };
  const soft = userLimits?.[name]?.soft;
  return typeof soft === 'number' ? soft : null;
};

/** Of so many, one that cannot be opened explains a failure that does not say why. */
const tried = 4;

/** The error by which this process, or this machine, can open no more files; null when it can. */
export const refusesFiles = (): NodeJS.ErrnoException | null => {
  const opened: number[] = [];
  try {
    while (opened.length < tried) opened.push(openSync('/dev/null', 'r'));
    return null;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    for (const fd of opened) closeSync(fd);
  }
};
