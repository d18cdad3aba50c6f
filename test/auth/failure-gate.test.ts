import { expect, it, vi } from 'vitest';
import { FailureGate, networkOf } from '../../src/auth/failure-gate.ts';

const NOW = Date.UTC(2026, 0, 1);
const fail = async (gate: FailureGate, times: number, address = 'a', now = NOW) => {
  for (let i = 0; i < times; i++) await gate.failed(address, now, undefined);
};

it('lets an address try thirty times at once, and then has it wait', async () => {
  const gate = new FailureGate();
  await fail(gate, 30);
  expect(gate.wait('a', NOW)).toBe(0);
  await fail(gate, 1);
  expect(gate.wait('a', NOW)).toBe(1);
  expect(gate.wait('b', NOW)).toBe(0);
});

it('opens again after the time it told', async () => {
  const gate = new FailureGate();
  await fail(gate, 31);
  expect(gate.wait('a', NOW + 1_000)).toBe(0);
});

it('shuts where the whole location has counted too many, even if this isolate has seen one', async () => {
  const gate = new FailureGate();
  await gate.failed('a', NOW, { limit: async () => ({ success: false }) });
  expect(gate.wait('a', NOW)).toBe(10);
});

it('stays open to the others when the shared count fails', async () => {
  const noise = vi.spyOn(console, 'error').mockImplementation(() => {});
  const gate = new FailureGate();
  await gate.failed('a', NOW, { limit: () => Promise.reject(new Error('down')) });
  expect(gate.wait('a', NOW)).toBe(0);
  noise.mockRestore();
});

it('holds a bounded number of addresses', async () => {
  const gate = new FailureGate();
  for (let i = 0; i < 12_000; i++) await gate.failed(`a${i}`, NOW, { limit: async () => ({ success: false }) });
  expect((gate as unknown as { shut: Map<string, number> }).shut.size).toBeLessThanOrEqual(10_000);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
])('counts %s as %s', (address, network) => expect(networkOf(address)).toBe(network));
