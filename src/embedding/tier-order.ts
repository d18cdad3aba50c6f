import { z } from 'zod';

const TierName = z.enum(['workers-ai', 'onnx']);
export type TierName = z.infer<typeof TierName>;

/**
 * Reads `EMBEDDING_TIERS`, names by comma, the preferred one first. Empty: Workers AI where it is bound, then ONNX.
 * @throws Error that names the fault: an unknown name, a name twice, Workers AI without its binding
 */
export function parseTierOrder(text: string | undefined, hasAi: boolean): TierName[] {
  const names = (text ?? '').split(',').flatMap((name) => name.trim() || []);
  if (names.length === 0) return hasAi ? ['workers-ai', 'onnx'] : ['onnx'];
  const order = names.map((name) => {
    const known = TierName.safeParse(name);
    if (!known.success) throw new Error(`EMBEDDING_TIERS has "${name}", known are ${TierName.options.join(', ')}.`);
    return known.data;
  });
  if (new Set(order).size < order.length) throw new Error('EMBEDDING_TIERS names a tier twice.');
  if (order.includes('workers-ai') && !hasAi) {
    throw new Error('EMBEDDING_TIERS names workers-ai, but no AI binding is set up.');
  }
  return order;
}
