import type { Delta } from './delta.ts';
import type { Slots } from './people.ts';
import type { Family } from './totals.ts';

export interface HubSnapshot {
  families: Record<string, Family>;
  people: Slots;
}

/** What isolates tell, and what a scrape asks. */
export interface MetricsHubPort {
  push(delta: Delta): Promise<void>;
  /** everything since the hub began; what is answered is saved, so that no later answer is less */
  snapshot(): Promise<HubSnapshot>;
}
