import { expect, it } from 'vitest';
import { parseTierOrder } from '../../src/embedding/tier-order.ts';

it.each([
  ['', false, ['onnx']],
  [undefined, false, ['onnx']],
  ['', true, ['workers-ai', 'onnx']],
  ['onnx', true, ['onnx']],
  [' onnx , workers-ai ', true, ['onnx', 'workers-ai']],
])('reads %j, with AI bound: %j', (text, hasAi, order) => {
  expect(parseTierOrder(text, hasAi)).toEqual(order);
});

it.each([
  ['bert', true, '"bert"'],
  ['onnx,onnx', true, 'twice'],
  ['workers-ai', false, 'no AI binding'],
])('names what is wrong with %j', (text, hasAi, fault) => {
  expect(() => parseTierOrder(text, hasAi)).toThrow(fault);
});
