import type { Embedder } from '../../src/embedding/embedder.ts';
import { TRAITS, type Trait } from '../../src/mirror/personality/traits.ts';

/**
 * What people high and low in a trait say of themselves: items of the IPIP Big-Five Factor Markers (public domain,
 * Goldberg 1992) and sentences written for this project in the same manner. The difference of their mean vectors is a
 * direction that is known before any label is seen; the ridge is gentle along it.
 */
const ANCHORS: Readonly<Record<Trait, readonly [high: readonly string[], low: readonly string[]]>> = {
  O: [
    [
      'I have a rich vocabulary.',
      'I have a vivid imagination.',
      'I have excellent ideas.',
      'I am quick to understand things.',
      'I use difficult words.',
      'I spend time reflecting on things.',
      'I am full of ideas.',
      'I love poetry, art and music.',
      'I wonder about the meaning of life and the universe.',
      'The world is beautiful and strange.',
      'I write stories and songs.',
    ],
    [
      'I have difficulty understanding abstract ideas.',
      'I am not interested in abstract ideas.',
      'I do not have a good imagination.',
      "I don't like art.",
      'I like football and shopping.',
      'I miss my boyfriend and my family back home.',
      'I go to church.',
      'I just want things to stay the same.',
    ],
  ],
  C: [
    [
      'I am always prepared.',
      'I pay attention to details.',
      'I get chores done right away.',
      'I like order.',
      'I follow a schedule.',
      'I am exacting in my work.',
      'I need to study hard for my test.',
      'I want to do well in my classes and get good grades.',
      'I finished all of my homework.',
      'I have to plan my time well.',
    ],
    [
      'I leave my belongings around.',
      'I make a mess of things.',
      'I often forget to put things back in their proper place.',
      'I shirk my duties.',
      'I skipped class again.',
      'I waste my time.',
      'I have not started my homework yet.',
      'I am too lazy to do my work.',
      'I overslept and missed class.',
      'I was drunk last night.',
    ],
  ],
  E: [
    [
      'I am the life of the party.',
      'I feel comfortable around people.',
      'I start conversations.',
      'I talk to a lot of different people at parties.',
      "I don't mind being the center of attention.",
      'I make friends easily.',
      'I love going out with my friends and having fun.',
      "I can't wait for the party tonight.",
      'I am so excited about joining a club.',
      'I love to dance.',
    ],
    [
      "I don't talk a lot.",
      'I keep in the background.',
      'I have little to say.',
      "I don't like to draw attention to myself.",
      'I am quiet around strangers.',
      'I would rather stay at home alone with my computer.',
      'I find it hard to meet new people.',
      'I prefer to be by myself.',
      'I am shy.',
    ],
  ],
  A: [
    [
      'I am interested in people.',
      "I sympathize with others' feelings.",
      'I have a soft heart.',
      'I take time out for others.',
      "I feel others' emotions.",
      'I make people feel at ease.',
      'I love my family so much.',
      'I am thankful for my friends.',
      'I hope everyone is doing well.',
      'I want to help other people.',
    ],
    [
      'I am not really interested in others.',
      'I insult people.',
      "I am not interested in other people's problems.",
      'I feel little concern for others.',
      'People are so stupid.',
      'I hate these people.',
      'This is so damn annoying.',
      'I want to hit somebody.',
      "I don't care about this stupid assignment.",
    ],
  ],
  N: [
    [
      'I get stressed out easily.',
      'I worry about things.',
      'I am easily disturbed.',
      'I get upset easily.',
      'I change my mood a lot.',
      'I have frequent mood swings.',
      'I get irritated easily.',
      'I often feel blue.',
      'I feel so lonely and depressed.',
      'I am afraid that something bad will happen.',
      'I want to cry.',
    ],
    [
      'I am relaxed most of the time.',
      'I seldom feel blue.',
      'I feel calm.',
      'I am not worried about anything.',
      'Everything is going well.',
      'I am happy with my life.',
      "I don't get upset.",
      'We won the game.',
      'I feel confident.',
    ],
  ],
};

/** One direction a trait: mean vector of its high statements less that of its low ones. */
export async function anchorDirections(embedder: Embedder): Promise<Float64Array[]> {
  const directions: Float64Array[] = [];
  for (const trait of TRAITS) {
    const [high, low] = ANCHORS[trait];
    const [up, down] = [await meanOf(embedder, high), await meanOf(embedder, low)];
    directions.push(up.map((value, d) => value - down[d]!));
  }
  return directions;
}

async function meanOf(embedder: Embedder, texts: readonly string[]): Promise<Float64Array> {
  const rows = await embedder.embed(texts);
  const mean = new Float64Array(embedder.dimensions);
  for (let i = 0; i < rows.length; i++) mean[i % embedder.dimensions]! += rows[i]! / texts.length;
  return mean;
}
