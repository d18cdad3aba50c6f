import { runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { migrate, USER_MEMORY_MIGRATIONS } from '../../durable-objects/migrations.ts';
import { MirrorHost } from '../../durable-objects/mirror/mirror-host.ts';
import { openStores, type Stores } from '../../durable-objects/stores/stores.ts';
import { prepareMessage } from '../../src/messages/natural-key.ts';
import { seeded } from '../../src/statistics/seeded.ts';
import { type Bag, bagInference, contentsOf } from '../helpers/bag-inference.ts';
import { objectOf } from '../helpers/person.ts';

const registryOf = (version = '1') => ({
  bag: { consent: 'style' as const, inference: bagInference(version) },
  other: { consent: 'emotion' as const, inference: bagInference('x') },
});
type Host = MirrorHost<ReturnType<typeof registryOf>>;
const QUICK = { slice: 3, saveEvery: 5, saveAtIdle: 4 };

let name: string;
beforeEach(() => {
  name = crypto.randomUUID();
});

/** Works on the tables of an object, with the style consent given. */
const onStores = (work: (stores: Stores) => void) =>
  runInDurableObject(objectOf({ tenantId: 'host', userId: name }), (_object, { storage }) => {
    migrate(storage, USER_MEMORY_MIGRATIONS);
    const stores = openStores(storage);
    stores.consents.set('style', true, 1);
    work(stores);
  });

const newHost = (stores: Stores, pace = QUICK, version?: string): Host =>
  new MirrorHost(stores, registryOf(version), pace);

function say(stores: Stores, content: string, role: 'user' | 'assistant' = 'user', extra: object = {}): number {
  const message = prepareMessage({ content, role, conversation_id: 'c', message_id: content, ...extra }, 1);
  return stores.messages.insert(message, 1)!;
}
/** Gives a message its vector, and a host the news. */
function embed(stores: Stores, host: Host | null, rows: number[]): void {
  stores.transaction(() => {
    for (const row of rows) {
      const vector = Int8Array.from([row % 100, 1, 2]);
      stores.memories.put({ row, model: 'm', scale: 0.25, vector, position: [0, 0, 0] });
    }
    host?.take(stores.mirror.byRows(rows));
  });
}
function remove(stores: Stores, host: Host, row: number): void {
  stores.transaction(() => {
    host.forget(row);
    stores.memories.remove(row);
    stores.messages.remove(row);
  });
}
function caughtUp(host: Host): Bag {
  while (host.catchUp());
  return host.state('bag');
}
/** What must be held: recomputed from the tables by a way of its own. */
function truth(stores: Stores): string[] {
  const said = [...stores.messages.all()].filter(({ role, metadata }) => role === 'user' && metadata === null);
  const memories = stores.memories.byRows(said.map(({ row }) => row));
  return said
    .filter(({ row }) => memories.has(row))
    .map(({ row, content }) => `${row} ${content} m ${((row % 100) * 0.25).toFixed(4)} 3`);
}

it('takes in what the person said, as it gets its vector, and no other', () =>
  onStores((stores) => {
    const host = newHost(stores);
    caughtUp(host);
    const mine = [say(stores, 'one'), say(stores, 'two')];
    const theirs = say(stores, 'three', 'assistant');
    const note = say(stores, 'four', 'user', { conversation_id: 'notes', metadata: { kind: 'note' } });
    say(stores, 'no vector yet');
    embed(stores, host, [...mine, theirs, note]);
    expect(contentsOf(host.state('bag'))).toEqual(['1 one m 0.2500 3', '2 two m 0.5000 3']);
  }));

it('computes nothing that is not allowed', () =>
  onStores((stores) => {
    const host = newHost(stores);
    caughtUp(host);
    embed(stores, host, [say(stores, 'one')]);
    host.save();
    expect(contentsOf(host.state('other'))).toEqual([]);
    stores.consents.set('style', false, 2);
    embed(stores, host, [say(stores, 'two')]);
    expect(contentsOf(host.state('bag'))).toHaveLength(1);
  }));

it('goes on with an unfinished history in its next life, and says how far it is', () =>
  onStores((stores) => {
    for (let i = 0; i < 20; i++) embed(stores, null, [say(stores, `m${i}`)]);
    const host = newHost(stores);
    expect(host.progress('bag')).toBe(0);
    for (let i = 0; i < 3; i++) expect(host.catchUp()).toBe(true);
    expect(host.progress('bag')).toBeCloseTo(9 / 20);
    const next = newHost(stores);
    expect(next.progress('bag')).toBeCloseTo(6 / 20); // as far as it was saved
    expect(contentsOf(caughtUp(next))).toEqual(truth(stores));
    expect(next.progress('bag')).toBe(1);
  }));

it('takes back what is deleted, at once also from what was saved', () =>
  onStores((stores) => {
    const host = newHost(stores);
    caughtUp(host);
    const rows = ['a', 'b', 'c', 'd', 'e'].map((text) => say(stores, text));
    embed(stores, host, rows);
    host.save();
    remove(stores, host, rows[2]!);
    expect(contentsOf(host.state('bag'))).toEqual(truth(stores));
    expect(new TextDecoder().decode(stores.mirror.load('bag')!.bytes)).not.toContain(' c ');
    expect(contentsOf(caughtUp(newHost(stores)))).toEqual(truth(stores));
  }));

it('does not take back what it has not reached yet', () =>
  onStores((stores) => {
    const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => say(stores, text));
    embed(stores, null, rows);
    const host = newHost(stores);
    host.catchUp();
    remove(stores, host, rows[5]!);
    remove(stores, host, rows[0]!);
    expect(contentsOf(caughtUp(host))).toEqual(truth(stores));
  }));

it('takes in a message whose vector comes late, also when the object is gone before it is saved', () =>
  onStores((stores) => {
    const host = newHost(stores);
    caughtUp(host);
    const slow = say(stores, 'slow');
    embed(
      stores,
      host,
      ['a', 'b', 'c', 'd'].map((text) => say(stores, text)),
    );
    host.save();
    embed(stores, host, [slow]);
    expect(contentsOf(host.state('bag'))).toEqual(truth(stores));
    expect(contentsOf(caughtUp(newHost(stores)))).toEqual(truth(stores));
  }));

it('begins anew when the version of an inference has changed, and when what was saved is broken', () =>
  onStores((stores) => {
    const host = newHost(stores);
    caughtUp(host);
    embed(
      stores,
      host,
      ['a', 'b', 'c', 'd'].map((text) => say(stores, text)),
    );
    host.save();
    const newer = newHost(stores, QUICK, '2');
    expect(newer.progress('bag')).toBe(0);
    expect(contentsOf(caughtUp(newer))).toEqual(truth(stores));
    newer.save();
    stores.mirror.save('bag', { version: '2', through: 4, bytes: new Uint8Array([123]) }, 1);
    const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(contentsOf(caughtUp(newHost(stores, QUICK, '2')))).toEqual(truth(stores));
    noise.mockRestore();
  }));

it('erases with the consent, and replays the history when it is given again', () =>
  onStores((stores) => {
    const host = newHost(stores);
    caughtUp(host);
    embed(
      stores,
      host,
      ['a', 'b', 'c', 'd', 'e'].map((text) => say(stores, text)),
    );
    host.save();
    stores.transaction(() => {
      stores.consents.set('style', false, 2);
      host.erase('style');
    });
    expect(stores.mirror.load('bag')).toBeNull();
    embed(stores, host, [say(stores, 'f')]);
    expect(stores.mirror.load('bag')).toBeNull();
    stores.consents.set('style', true, 3);
    expect(contentsOf(host.state('bag'))).toEqual([]);
    expect(contentsOf(caughtUp(host))).toEqual(truth(stores));
  }));

it('keeps a state of several megabytes', () =>
  onStores((stores) => {
    const bytes = Uint8Array.from({ length: 3_200_000 }, (_, i) => i % 251);
    stores.mirror.save('big', { version: '1', through: 1, bytes }, 1);
    expect(Buffer.compare(stores.mirror.load('big')!.bytes, bytes)).toBe(0);
    stores.mirror.save('big', { version: '1', through: 2, bytes: bytes.slice(0, 10) }, 1);
    expect(stores.mirror.load('big')!.bytes).toHaveLength(10);
  }));

describe('whatever happens, in whatever order', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('holds what is there (seed %i)', (seed) =>
    onStores((stores) => {
      const random = seeded(seed);
      const below = (n: number) => Math.floor(random() * n);
      let host = newHost(stores);
      const waiting: number[] = [];
      const steps: (() => void)[] = [
        () => void waiting.push(say(stores, `m${crypto.randomUUID()}`, below(4) === 0 ? 'assistant' : 'user')),
        () => void waiting.push(say(stores, `m${crypto.randomUUID()}`)),
        () => embed(stores, host, waiting.splice(below(waiting.length), 1 + below(4))),
        () => embed(stores, host, waiting.splice(0, 1 + below(6))),
        () => {
          const rows = [...stores.messages.all()].map(({ row }) => row);
          const row = rows[below(rows.length)];
          if (row === undefined) return;
          remove(stores, host, row);
          const at = waiting.indexOf(row);
          if (at >= 0) waiting.splice(at, 1);
        },
        () => void host.catchUp(),
        () => host.save(),
        () => {
          host = newHost(stores); // evicted
        },
        () => {
          if (below(3) > 0) return;
          stores.transaction(() => {
            stores.consents.set('style', false, 2);
            host.erase('style');
          });
          embed(stores, host, waiting.splice(0, 1));
          stores.consents.set('style', true, 3);
        },
        () => {
          const row = waiting[0];
          if (row === undefined) return;
          try {
            stores.transaction(() => {
              stores.memories.put({ row, model: 'm', scale: 1, vector: new Int8Array(3), position: [0, 0, 0] });
              host.take(stores.mirror.byRows([row]));
              throw new Error('disk full');
            });
          } catch {
            host.reset();
          }
        },
      ];
      for (let i = 0; i < 400; i++) {
        steps[below(steps.length)]!();
        if (i % 40 === 39) expect(contentsOf(caughtUp(host))).toEqual(truth(stores));
      }
    }),
  );
});
