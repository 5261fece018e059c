/** See sampleFolder.mjs. */
export function sampleFolder(place: string): string;
