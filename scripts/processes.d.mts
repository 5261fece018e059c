/** See processes.mjs. */
export interface FoundProcess {
  pid: number;
  command: string;
}
export function processesOf(place: string): FoundProcess[];
export function endProcessesOf(place: string, graceMs: number): Promise<FoundProcess[]>;
