import type { Command } from 'commander';

/** Adds one verb to the command line. */
export type DeclareVerb = (program: Command) => void;

/** Every verb and where it is; a new verb is a file and a line here. */
export const verbs: Record<string, () => Promise<DeclareVerb>> = {
  run: async () => (await import('./verbs/run.ts')).runVerb,
  send: async () => (await import('./verbs/send.ts')).sendVerb,
  queue: async () => (await import('./verbs/queue.ts')).queueVerb,
  watch: async () => (await import('./verbs/watch.ts')).watchVerb,
  status: async () => (await import('./verbs/status.ts')).statusVerb,
  attach: async () => (await import('./verbs/attach.ts')).attachVerb,
  events: async () => (await import('./verbs/events.ts')).eventsVerb,
  seams: async () => (await import('./verbs/seams.ts')).seamsVerb,
  rewind: async () => (await import('./verbs/rewind.ts')).rewindVerb,
  branches: async () => (await import('./verbs/branches.ts')).branchesVerb,
  switch: async () => (await import('./verbs/switch.ts')).switchVerb,
  fork: async () => (await import('./verbs/fork.ts')).forkVerb,
  interrupt: async () => (await import('./verbs/interrupt.ts')).interruptVerb,
  answer: async () => (await import('./verbs/answer.ts')).answerVerb,
  stop: async () => (await import('./verbs/stop.ts')).stopVerb,
  resume: async () => (await import('./verbs/resume.ts')).resumeVerb,
  wait: async () => (await import('./verbs/wait.ts')).waitVerb,
  pane: async () => (await import('./verbs/pane.ts')).paneVerb,
  logs: async () => (await import('./verbs/logs.ts')).logsVerb,
  rename: async () => (await import('./verbs/rename.ts')).renameVerb,
  rm: async () => (await import('./verbs/rm.ts')).rmVerb,
  guide: async () => (await import('./verbs/guide.ts')).guideVerb,
  recipes: async () => (await import('./verbs/recipes.ts')).recipesVerb,
  skills: async () => (await import('./verbs/skills.ts')).skillsVerb,
  doctor: async () => (await import('./verbs/doctor.ts')).doctorVerb,
  completion: async () => (await import('./verbs/completion.ts')).completionVerb,
  complete: async () => (await import('./verbs/complete.ts')).completeVerb,
  host: async () => (await import('./verbs/host.ts')).hostVerb,
  demo: async () => (await import('./verbs/demo.ts')).demoVerb,
};
