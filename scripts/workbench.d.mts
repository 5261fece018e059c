export interface WorkbenchOptions {
  port?: number;
  folder: string;
  extension: string;
  how?: 'development' | 'installed';
  userDataDir: string;
  token?: string;
  trust: boolean;
  settings?: Record<string, unknown>;
  env?: Record<string, string | undefined>;
}

export interface RunningWorkbench {
  url: string;
  port: number;
  pid: number;
  stop(): Promise<void>;
}

export function installWorkbench(): Promise<{ serverMain: string; node: string }>;
export function startWorkbench(options: WorkbenchOptions): Promise<RunningWorkbench>;
