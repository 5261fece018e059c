import { Blocks } from './blocks.ts';
import { Branches } from './branches.ts';
import { Course } from './course.ts';
import { Homes } from './homes.ts';
import type { RequestId } from './ids.ts';
import { Lanes } from './lanes.ts';
import { Marks } from './marks.ts';
import { OwnWords } from './ownWords.ts';
import { PromptQueue } from './promptQueue.ts';
import { SentPrompts } from './sentPrompts.ts';
import { Turns } from './turns.ts';
import type { PermissionRequest } from './view.ts';
import { Watching } from './watching.ts';

/** What a conversation is made of. The fold changes them, and what is loaded of a snapshot or a page; everybody else asks the conversation. */
export class ConversationParts {
  readonly course = new Course();
  readonly blocks = new Blocks();
  readonly branches = new Branches();
  readonly lanes = new Lanes();
  readonly marks = new Marks();
  readonly homes = new Homes(this.blocks, this.branches, this.lanes, this.marks);
  readonly turns = new Turns();
  /** Requests that nobody has answered yet. */
  readonly requests = new Map<RequestId, PermissionRequest>();
  readonly queue = new PromptQueue();
  readonly sent = new SentPrompts();
  readonly ownWords = new OwnWords();
  readonly watching = new Watching();
}
