import { createHash } from 'node:crypto';
import { log } from '../shared/log.ts';
import { FlagRule, type FlagState } from './contract.ts';
import { FLAGS, type FlagName } from './registry.ts';

/** The rule of a flag in what a tenant has set. One that is missing or cannot be read is the default. */
export function ruleOf(name: FlagName, { rules }: FlagState): FlagRule {
  const set = rules[name];
  if (set === undefined) return FLAGS[name].byDefault;
  const read = FlagRule.safeParse(set);
  if (read.success) return read.data;
  log.error('a flag cannot be read, using its default', { flag: name });
  return FLAGS[name].byDefault;
}

/** Whether a flag is on for a user of a tenant. */
export function isOn(name: FlagName, rule: FlagRule, tenantId: string, userId: string): boolean {
  switch (rule.kind) {
    case 'boolean':
      return rule.on;
    case 'percentage':
      return 100 * bucket(name, tenantId, userId) < rule.percentage;
    case 'allow_list':
      return rule.user_ids.includes(userId) || 100 * bucket(name, tenantId, userId) < rule.percentage;
  }
}

/** Where a user falls, in [0, 1): the same place each time, and for each flag another. */
function bucket(name: FlagName, tenantId: string, userId: string): number {
  const digest = createHash('sha256').update(`${name}\u0000${tenantId}\u0000${userId}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32;
}
