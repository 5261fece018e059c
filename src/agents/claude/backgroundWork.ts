import { asObject, asText } from './json.ts';
import { backgroundTaskOf, meaningsOf, startedAgentOf } from './meaning.ts';
import { answersOf, isToolUse, type Row } from './row.ts';

/** A background command or a subagent, as the rows of a transcript tell of it. */
export interface Work {
  /** The call that has begun it, and what it is, in the words of that call. */
  call: string;
  words: string;
  /** The row that says that it has ended; absent: none does. */
  endedBy?: string;
}

/**
 * The background work that the rows of a transcript begin and end. Of what has not ended where a history ends the CLI
 * (2.1.329) tells the model, when it is started again, that it was stopped.
 */
export class BackgroundWork {
  readonly #wordsOf = new Map<string, string>();
  readonly #works = new Map<string, Work>();

  get all(): Work[] {
    return [...this.#works.values()];
  }

  take(row: Row): void {
    for (const part of row.parts.filter(isToolUse)) {
      const input = asObject(part['input']);
      this.#wordsOf.set(asText(part['id']) ?? '', asText(input?.['description']) ?? asText(input?.['command']) ?? asText(part['name']) ?? 'a call');
      // A call that stops such work names it, whatever the field is called.
      if (/^(?:Kill|TaskStop)/.test(asText(part['name']) ?? '')) for (const value of Object.values(input ?? {})) this.#end(String(value), row);
    }
    const result = asObject(row.json['toolUseResult']);
    const task = backgroundTaskOf(result) ?? (result?.['isAsync'] === true ? startedAgentOf(result) : undefined);
    const call = answersOf(row)[0] ?? '';
    if (task !== undefined) this.#works.set(task, { call, words: this.#wordsOf.get(call) ?? task });
    for (const meaning of meaningsOf(row)) if (meaning.is === 'taskEnded') this.#end(meaning.task.task, row);
  }

  #end(task: string, row: Row): void {
    const work = this.#works.get(task);
    if (work && row.uuid !== undefined) work.endedBy ??= row.uuid;
  }
}
