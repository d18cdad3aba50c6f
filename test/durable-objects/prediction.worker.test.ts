import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { migrate, USER_MEMORY_MIGRATIONS } from '../../durable-objects/migrations.ts';
import { DecisionDesk } from '../../durable-objects/mirror/decision-desk.ts';
import { type Forecast, PredictionBook } from '../../durable-objects/mirror/prediction-book.ts';
import { openStores, type Stores } from '../../durable-objects/stores/stores.ts';
import type { Versions } from '../../src/mirror/variants.ts';
import { objectOf } from '../helpers/person.ts';

const onStores = (work: (stores: Stores) => void) =>
  runInDurableObject(objectOf({ tenantId: 'prediction', userId: crypto.randomUUID() }), (_object, { storage }) => {
    migrate(storage, USER_MEMORY_MIGRATIONS);
    work(openStores(storage));
  });
const unit = (...components: number[]) => Float32Array.from(components, (x) => x / Math.hypot(...components));
const option = (text: string, vector: Float32Array | null = null, messageId: string | null = null) => ({
  ...{ text, vector, messageId, frequency: 0, nearest: 0 },
});
const forecast = (options: Forecast['options']): Forecast => ({
  ...{ kind: 'reply', subject: 'c', afterRow: 5, model: 'm', madeAt: 1, floor: 0.5, isBlind: false, options },
});
const heard = (row: number, content: string, vector: Float32Array, conversationId = 'c') => ({
  row,
  utterance: { row, id: `m${row}`, conversationId, content, sentAt: row, vector, model: 'm', keystrokes: null },
});
const VERSIONS = { shown: 'one', shadow: 'two' } as const;

it('scores a reply that says the same in other words, by what its vector is like', () =>
  onStores((stores) => {
    const book = new PredictionBook(stores);
    const options = [option('no', unit(0, 1, 0)), option('gladly', unit(1, 0.1, 0))];
    book.keep(forecast(options), VERSIONS, { one: [0.2, 0.8], two: [0.9, 0.1] });
    expect(book.heard([heard(4, 'of course', unit(1, 0, 0))], 9)).toBe(false); // said before it was asked
    expect(book.heard([heard(6, 'of course', unit(1, 0, 0), 'elsewhere')], 9)).toBe(false);
    expect(book.heard([heard(7, 'of course', unit(1, 0, 0)), heard(8, 'no', unit(0, 1, 0))], 9)).toBe(true);
    const scored = stores.predictions.scored('reply');
    expect(scored.map(({ version, isShown, score }) => [version, isShown, score.isHit, score.rank])).toEqual([
      ['one', true, true, 1],
      ['two', false, false, 2],
    ]);
    expect(stores.predictions.openCount()).toBe(0);
  }));

it('keeps no text of a prediction once it is scored', () =>
  onStores((stores) => {
    const book = new PredictionBook(stores);
    book.keep(forecast([option('a secret'), option('no')]), VERSIONS, { one: [0.5, 0.5], two: [1, 0] });
    book.heard([heard(7, 'something else', unit(1, 0, 0))], 9);
    expect(stores.predictions.scored('reply').every(({ score }) => !score.isHit && score.rank === null)).toBe(true);
    expect(stores.predictions.openAbout('reply', 'c', 100)).toEqual([]);
  }));

it('forgets an open prediction that quotes a message that is deleted', () =>
  onStores((stores) => {
    const book = new PredictionBook(stores);
    book.keep(forecast([option('quoted', null, 'm1'), option('b')]), VERSIONS, { one: [0.6, 0.4], two: [0.6, 0.4] });
    book.keep(forecast([option('quoted', null, 'm2')]), VERSIONS, { one: [1], two: [1] });
    stores.predictions.forgetSource('m1');
    expect(stores.predictions.openCount()).toBe(2);
  }));

it('shows the version that it is told to', () =>
  onStores((stores) => {
    const desk = new DecisionDesk(stores);
    const options = ['tea', 'coffee'];
    const record = (context: string, choice: string) => desk.record({ context, options, choice }, null, 1);
    record('a cold morning in the garden', 'tea');
    for (const context of ['after lunch', 'before work', 'late at night']) record(context, 'coffee');
    const ask = (versions: Versions<'decision'>) => {
      const answer = desk.predict({ context: 'a cold morning in the garden', options }, null, versions, 2);
      return answer.ok ? [answer.value.version, answer.value.best] : answer;
    };
    expect(ask({ shown: 'alike-1', shadow: null })).toEqual(['alike-1', 'tea']);
    expect(ask({ shown: 'frequent-1', shadow: 'alike-1' })).toEqual(['frequent-1', 'coffee']);
  }));
