import type { TokenUsage } from './events.ts';

const sum = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b);

/** Both together; a count that neither tells stays untold. */
export const usageSum = (a: TokenUsage | null, b: TokenUsage): TokenUsage =>
  a === null ? b : {
    input_tokens: sum(a.input_tokens, b.input_tokens),
    output_tokens: sum(a.output_tokens, b.output_tokens),
    reasoning_tokens: sum(a.reasoning_tokens, b.reasoning_tokens),
    cached_tokens: sum(a.cached_tokens, b.cached_tokens),
    total_tokens: sum(a.total_tokens, b.total_tokens),
  };

/** The first without the second; what either does not tell stays as the first says it. */
export const usageDifference = (a: TokenUsage | null, b: TokenUsage): TokenUsage | null => {
  if (a === null) return null;
  const less = (of: keyof TokenUsage): number | null => (a[of] === null || b[of] === null ? a[of] : Math.max(0, a[of] - b[of]));
  return {
    input_tokens: less('input_tokens'), output_tokens: less('output_tokens'), reasoning_tokens: less('reasoning_tokens'),
    cached_tokens: less('cached_tokens'), total_tokens: less('total_tokens'),
  };
};
