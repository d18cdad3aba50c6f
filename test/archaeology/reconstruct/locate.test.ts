import { describe, expect, it } from 'vitest';
import { ReconstructBody } from '../../../src/archaeology/reconstruct/contract.ts';
import { locate, type MessageHead, type PlaceLookup } from '../../../src/archaeology/reconstruct/locate.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const heads: MessageHead[] = [0, 1, 2, 8, 9].map((hour) => ({
  ...{ id: `m${hour}`, conversationId: 'chat', at: START + hour * HOUR },
}));
const other: MessageHead = { id: 'o', conversationId: 'other', at: START };
const lookup: PlaceLookup = {
  gap: (id) =>
    id === 'g'
      ? { conversationId: 'chat', afterId: 'm2', beforeId: 'm8', missing: { expected: 3, low: 1, high: 6 } }
      : null,
  message: (id) => [...heads, other].find((head) => head.id === id) ?? null,
  next: ({ id }) => heads[heads.findIndex((head) => head.id === id) + 1] ?? null,
  previous: ({ id }) => heads[heads.findIndex((head) => head.id === id) - 1] ?? null,
  lastUntil: (conversation, at) =>
    heads.findLast((head) => head.conversationId === conversation && head.at <= at) ?? null,
  firstFrom: (conversation, at) => heads.find((head) => head.conversationId === conversation && head.at >= at) ?? null,
};
const iso = (hour: number) => new Date(START + hour * HOUR).toISOString();
const at = (body: object) => locate(ReconstructBody.parse(body), lookup);
const between = (from: number, to: number) => ({ conversation_id: 'chat', from: iso(from), to: iso(to) });
const pointersOf = (body: object) =>
  ReconstructBody.safeParse(body).error!.issues.map(({ path }) => `/${path.join('/')}`);

describe('locate', () => {
  it('finds a gap between its two messages', () => {
    expect(at({ gap_id: 'g' })).toMatchObject({
      value: { gapId: 'g', after: { id: 'm2' }, before: { id: 'm8' }, missing: { expected: 3 } },
    });
  });

  it('finds an interval between the messages nearest to it', () => {
    expect(at(between(3, 6))).toMatchObject({
      value: { after: { id: 'm2' }, before: { id: 'm8' }, from: START + 3 * HOUR, to: START + 6 * HOUR },
    });
  });

  it('finds the stretch after one message, and the one before', () => {
    expect(at({ after_message_id: 'm2' })).toMatchObject({ value: { after: { id: 'm2' }, before: { id: 'm8' } } });
    expect(at({ before_message_id: 'm8' })).toMatchObject({ value: { after: { id: 'm2' }, before: { id: 'm8' } } });
  });

  it('finds the end of a conversation, where nothing stands after', () => {
    expect(at({ after_message_id: 'm9' })).toMatchObject({ value: { after: { id: 'm9' }, before: null } });
  });

  it('leaves an interval far from all messages without neighbours', () => {
    expect(at(between(24 * 30, 24 * 31))).toMatchObject({ ok: true, value: { after: null, before: null } });
    expect(at({ ...between(3, 6), conversation_id: 'nobody' })).toMatchObject({ value: { after: null, before: null } });
  });

  it('refuses an interval that overlaps messages, and points at it', () => {
    expect(at(between(0.5, 6))).toMatchObject({ ok: false, code: 'invalid_input', faults: [{ pointer: '/from' }] });
  });

  it('takes an interval whose ends are messages', () => {
    expect(at(between(2, 8))).toMatchObject({ ok: true });
  });

  it('refuses two messages that are no neighbours, or in the wrong order', () => {
    for (const [after, before] of [
      ['m0', 'm8'],
      ['m8', 'm2'],
    ]) {
      expect(at({ after_message_id: after, before_message_id: before })).toMatchObject({
        ok: false,
        faults: [{ pointer: '/before_message_id' }],
      });
    }
  });

  it('refuses a message of another conversation than the one named', () => {
    expect(at({ after_message_id: 'o', conversation_id: 'chat' })).toMatchObject({
      faults: [{ pointer: '/conversation_id' }],
    });
  });

  it('does not know a gap or a message that is not there', () => {
    expect(at({ gap_id: 'x' })).toMatchObject({ ok: false, code: 'not_found' });
    expect(at({ after_message_id: 'x' })).toMatchObject({ ok: false, code: 'not_found' });
  });
});

describe('ReconstructBody', () => {
  it.each([
    ['a reversed interval', between(6, 3), '/to'],
    ['an empty interval', between(3, 3), '/to'],
    ['half an interval', { conversation_id: 'chat', from: iso(3) }, '/to'],
    ['an interval of no conversation', { from: iso(3), to: iso(6) }, '/conversation_id'],
    ['no place', {}, '/gap_id'],
    ['two places', { gap_id: 'g', after_message_id: 'm2' }, '/gap_id'],
    ['a place by messages and times', { ...between(3, 6), after_message_id: 'm2' }, '/from'],
    ['one message on both sides', { after_message_id: 'm2', before_message_id: 'm2' }, '/before_message_id'],
  ])('refuses %s and points at it', (_, body, pointer) => {
    expect(pointersOf(body)).toEqual([pointer]);
  });
});
