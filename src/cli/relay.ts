/** What says who a prompt comes from; another harness's own counts as one, so that nothing is wrapped twice. */
const anyHeader = /^\[(?:backstitch|harnex) relay /;

/** The session that this shell runs in, as its agent was told by the session host. */
export interface Sender {
  uid: string;
  id: string;
  agent: string;
}

/** Null outside of any session. */
export const senderOf = (env: Readonly<Record<string, string | undefined>>): Sender | null => {
  const { BACKSTITCH_SESSION: uid, BACKSTITCH_ID: id, BACKSTITCH_AGENT: agent } = env;
  return id === undefined || agent === undefined ? null : { uid: uid ?? '', id, agent };
};

const oneWord = (text: string): string => text.replace(/[\s\]]+/g, '-');

/**
 * The text as the other session gets it: behind a line that says who sends it, when one session sends to another (`wish` undefined), always
 * (true) or never (false). Never wrapped twice.
 */
export const relayed = (text: string, to: string, sender: Sender | null, wish: boolean | undefined, at: string): string => {
  const isAnother = sender !== null && sender.uid !== to;
  if (!(wish ?? isAnother) || anyHeader.test(text)) return text;
  return `[backstitch relay from=${oneWord(sender?.agent ?? 'shell')} id=${oneWord(sender?.id ?? '-')} at=${at}]\n${text}`;
};
