import guide from './guide.md';
import fireAndWatch from './recipes/01_fire_and_watch.md';
import chainImplement from './recipes/02_chain_implement.md';
import buddy from './recipes/03_buddy.md';
import skillBuddy from './skills/backstitch-buddy.md';
import skillChain from './skills/backstitch-chain.md';
import skillDispatch from './skills/backstitch-dispatch.md';

/** What `backstitch guide` prints. */
export const guideText: string = guide;

/** What `backstitch recipes` shows, by name. */
export const recipes: Readonly<Record<string, string>> = {
  '01_fire_and_watch': fireAndWatch,
  '02_chain_implement': chainImplement,
  '03_buddy': buddy,
};

/** What `backstitch skills install` writes: a folder of this name with the text as its SKILL.md. */
export const skills: Readonly<Record<string, string>> = {
  'backstitch-dispatch': skillDispatch,
  'backstitch-chain': skillChain,
  'backstitch-buddy': skillBuddy,
};
