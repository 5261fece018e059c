import { repoRootOf } from '../node/gitFacts.ts';

/** Root of the repository around a folder; the folder itself when there is none. */
export const repositoryOf = (folder: string): Promise<string> => repoRootOf(folder);
