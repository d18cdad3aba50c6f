import { describe, expect, it } from 'vitest';
import { textModelConfig } from '../../src/llm/config.ts';
import { NO_MODEL } from '../../src/llm/text-model.ts';

const AI = { run: async () => new Response() };
const OPENAI = { LLM_PROVIDER: 'openai', LLM_MODEL: 'm', LLM_API_KEY: 'sk-hidden' };

describe('the text model', () => {
  it('is none where nothing is set, or all is empty', () => {
    for (const env of [{}, { LLM_PROVIDER: '', LLM_MODEL: ' ', LLM_DAILY_TOKENS: '' }, { LLM_PROVIDER: 'none' }]) {
      const { model, limits } = textModelConfig(env, undefined);
      expect([model, limits]).toEqual([NO_MODEL, { tokens: null, dollars: null }]);
    }
  });

  it.each([
    ['anthropic/m', { ...OPENAI, LLM_PROVIDER: 'anthropic' }],
    ['openai/m', OPENAI],
    ['workers-ai/@cf/m', { LLM_PROVIDER: 'workers-ai', LLM_MODEL: '@cf/m' }],
  ])('is %s where it is set up', (name, env) => {
    expect(textModelConfig(env, AI).model.model).toBe(name);
  });

  it('has the limits and prices that are set', () => {
    const money = { LLM_DAILY_TOKENS: '1000', LLM_DAILY_DOLLARS: '2.5', LLM_PRICE_INPUT: '1', LLM_PRICE_OUTPUT: '5' };
    expect(textModelConfig({ ...OPENAI, ...money, LLM_TIMEOUT_MS: '9000' }, undefined)).toMatchObject({
      limits: { tokens: 1000, dollars: 2.5 },
      prices: { input: 1, output: 5 },
      call: { timeoutMs: 9000, idleMs: 6000 },
    });
  });

  it.each([
    ['LLM_PROVIDER', { ...OPENAI, LLM_PROVIDER: 'other' }],
    ['LLM_MODEL', { ...OPENAI, LLM_MODEL: '' }],
    ['LLM_API_KEY', { ...OPENAI, LLM_API_KEY: '' }],
    ['LLM_BASE_URL', { ...OPENAI, LLM_BASE_URL: 'http://models.example/v1' }],
    ['LLM_BASE_URL', { ...OPENAI, LLM_BASE_URL: 'http://localhost.evil.example/v1' }],
    ['LLM_TIMEOUT_MS', { ...OPENAI, LLM_TIMEOUT_MS: 'soon' }],
    ['LLM_DAILY_DOLLARS', { ...OPENAI, LLM_DAILY_DOLLARS: '3' }],
    ['AI binding', { LLM_PROVIDER: 'workers-ai', LLM_MODEL: '@cf/m' }],
  ])('names %s where that is wrong, and shows no value', (name, env) => {
    const config = () => textModelConfig(env, undefined);
    expect(config).toThrow(name);
    expect(config).not.toThrow(/sk-hidden|evil|soon/);
  });

  it('may be on this machine without encryption', () => {
    const local = { ...OPENAI, LLM_BASE_URL: 'http://127.0.0.1:8080/v1/' };
    expect(textModelConfig(local, undefined).model.model).toBe('openai/m');
  });
});
