/** See agents.mjs. */
export function installAgents(): Promise<{ claude: string }>;
