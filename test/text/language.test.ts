import { describe, expect, it } from 'vitest';
import { languageOf } from '../../src/text/language.ts';

describe('the language of a text', () => {
  it.each([
    ['en', 'I went to the market yesterday and bought some apples for my mother.'],
    ['es', 'Ayer fui al mercado y compré manzanas para mi madre, que estaba muy contenta.'],
    ['fr', 'Hier je suis allé au marché et j’ai acheté des pommes pour ma mère.'],
    ['de', 'Gestern war ich auf dem Markt und habe Äpfel für meine Mutter gekauft.'],
    ['pt', 'Ontem fui ao mercado e comprei maçãs para a minha mãe.'],
    ['ru', 'Вчера я ходил на рынок и купил яблоки для мамы.'],
    ['uk', 'Вчора я ходив на ринок і купив яблука для своєї матері.'],
    ['cs', 'Včera jsem šel na trh a koupil jablka pro matku, která měla dobrou náladu, říkala.'],
    ['vi', 'Hôm qua tôi đã đi chợ và mua táo cho mẹ của tôi.'],
    ['ja', '昨日市場に行って、母のためにりんごを買いました。'],
    ['zh', '昨天我去了市场，给妈妈买了苹果。'],
    ['ko', '어제 시장에 가서 어머니께 사과를 사 드렸어요.'],
    ['ar', 'ذهبت أمس إلى السوق واشتريت تفاحا لأمي.'],
    ['ka', 'გუშინ ბაზარში წავედი.'],
  ])('is %s', (language, text) => {
    expect(languageOf(text).language).toBe(language);
    expect(languageOf(text).confidence).toBeGreaterThan(0.5);
  });

  it.each([
    ['nothing', ''],
    ['one emoji', '😀'],
    ['digits and signs', '12:45 -> 13:00 !!'],
    ['a link alone', 'https://example.com/the/way/of/it'],
    ['32 KB of one letter', 'a'.repeat(32 * 1024)],
    ['a lone surrogate', '\ud83d'],
  ])('cannot be told from %s', (_, text) => {
    expect(languageOf(text)).toEqual({ language: 'und', confidence: 0 });
  });

  it('is that of the words around a link, a name and a number', () => {
    expect(languageOf('look at this https://ejemplo.es/cosas/de/casa @maria 2024, it is what we wanted').language).toBe(
      'en',
    );
  });

  it('is sought in the first 400 characters', () => {
    expect(languageOf('and so it was that we went home '.repeat(20) + 'Вчера '.repeat(2000)).language).toBe('en');
  });
});
