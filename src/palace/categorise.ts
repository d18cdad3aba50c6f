import { words } from '../text/tokenize.ts';
import { CATEGORIES, type Category } from './rooms/contract.ts';

/** Words that speak for a category. Whole words, normalised, English; other languages go by meaning alone. */
const CUES: Record<Category, string> = {
  people:
    'mother mom mum father dad parents brother sister sibling son daughter wife husband partner boyfriend girlfriend fiance friend friends cousin aunt uncle niece nephew grandma grandmother grandpa grandfather neighbour neighbor roommate colleague family kids children baby',
  places:
    'trip travel travelled traveled visit visited visiting flight airport hotel beach mountain mountains city country abroad vacation holiday island museum lake park road hike hiking camping map moved village town',
  work: 'work working job boss office career company business client interview salary project meeting startup hired promoted manager team deadline study studying school college university class exam degree teacher course professor',
  health:
    'doctor hospital medicine pills sick ill illness pain surgery dentist therapy therapist diet weight allergic allergy yoga gym workout sleep headache fever injury injured health healthy exercise running marathon disease blood',
  home: 'house home apartment flat kitchen garden dog cat pet pets puppy kitten furniture rent landlord room clean cleaning laundry cook cooking cooked recipe dinner baking bake garage roof plants plant meal',
  leisure:
    'book books read reading movie film music song guitar piano band concert game games gaming paint painting draw drawing art dance dancing football soccer basketball tennis photography hobby series show novel poetry sing craft pottery knitting',
  plans:
    'plan plans planning tomorrow next soon hope goal goals dream intend going gonna schedule appointment reminder remind later someday weekend prepare decide decided want',
  feelings:
    'feel feeling feelings felt happy sad angry anxious anxiety nervous afraid scared lonely proud love hate grateful thankful excited stress stressed upset worried worry relieved tired overwhelmed joy cry cried thanks wow awesome glad sorry',
  events:
    'birthday wedding party anniversary graduation festival celebrate celebrated celebration funeral christmas ceremony event parade fair reunion happened accident yesterday ago won award competition tournament conference',
  facts:
    'number password code address phone key keys date price cost size rule means called name named because percent always usually contains born account brand model',
};

/** Sentences that are near in meaning to what a category holds; their mean vector stands for it. Written for this. */
export const PROTOTYPES: Record<Category, readonly string[]> = {
  people: [
    'My sister and her husband came over with their two children.',
    'He is an old friend whom I have known since we were boys.',
    'My grandmother raised us, and she is the kindest person I know.',
    'She told me about her new boyfriend and his parents.',
  ],
  places: [
    'We travelled through the south of the country and stayed in a small town by the sea.',
    'The view from the mountain over the valley was beautiful.',
    'I have moved to another city, near the old harbour.',
    'Our hotel was close to the museum and the airport.',
  ],
  work: [
    'I have a meeting with my boss about the new project.',
    'She applied for a job and got an interview at the company.',
    'I am studying for my exams at the university.',
    'The business is growing and we hired two more people.',
  ],
  health: [
    'The doctor gave me pills for the pain in my back.',
    'I go to the gym and try to eat better to lose weight.',
    'He was ill and had to stay in hospital after the surgery.',
    'I am allergic to nuts and cannot sleep well.',
  ],
  home: [
    'We painted the kitchen and bought a new sofa for the living room.',
    'Our dog sleeps on the carpet and the cat on the bed.',
    'I cooked dinner and tried a new recipe for bread.',
    'The roof leaks and the landlord wants more rent.',
  ],
  leisure: [
    'I am reading a good novel and listening to music.',
    'We watched a film and played games all evening.',
    'I play the guitar in a band and like to paint.',
    'She goes dancing and takes photographs as a hobby.',
  ],
  plans: [
    'Next week I am going to start something new.',
    'We are planning to do it together in the summer.',
    'I hope to reach my goal by the end of the year.',
    'Remind me tomorrow, I still have to decide what to do.',
  ],
  feelings: [
    'I feel sad and lonely today.',
    'Thank you so much, that makes me really happy!',
    'I am nervous and worried that it will go wrong.',
    'I am so proud of you, you are amazing.',
  ],
  events: [
    'We celebrated her birthday with a big party.',
    'The wedding was last Saturday and everybody came.',
    'I won a prize at the competition yesterday.',
    'There was an accident and the festival was cancelled.',
  ],
  facts: [
    'The code of the door is four three two one.',
    'It costs twelve dollars and weighs two kilograms.',
    'The phone number and the address are on the card.',
    'Water boils at a hundred degrees, which is why it works.',
  ],
};

/** Of one model: a unit vector a category, in the order of `CATEGORIES`. */
export type CategoryVectors = readonly Float32Array[];

/** One more word for a category is worth this much cosine, up to `MOST_CUES` words. */
const CUE = 0.09;
const MOST_CUES = 3;

const categoriesOf = new Map<string, number[]>();
for (const [i, category] of CATEGORIES.entries()) {
  for (const word of CUES[category].split(' ')) categoriesOf.set(word, [...(categoriesOf.get(word) ?? []), i]);
}

/**
 * What a text is mainly about: words that speak for a category, and nearness in meaning to sentences of it. The same text
 * has the same category for ever. Where nothing speaks for any, it is a fact.
 *
 * @param vector [dimensions], unit length; null: by words alone
 */
export function categorise(text: string, vector: Float32Array | null, prototypes: CategoryVectors | null): Category {
  const cues = CATEGORIES.map(() => 0);
  for (const word of new Set(words(text))) for (const i of categoriesOf.get(word) ?? []) cues[i]!++;
  let best = CATEGORIES.indexOf('facts');
  let highest = vector && prototypes ? -Infinity : 0;
  for (let i = 0; i < CATEGORIES.length; i++) {
    const meaning = vector && prototypes ? dot(vector, prototypes[i]!) : 0;
    const score = meaning + CUE * Math.min(cues[i]!, MOST_CUES);
    if (score > highest) [best, highest] = [i, score];
  }
  return CATEGORIES[best]!;
}

/** The texts to embed for `categoryVectors`, in its order. */
export const prototypeTexts = (): string[] => CATEGORIES.flatMap((category) => [...PROTOTYPES[category]]);

/** @param vectors row-major [prototypeTexts, dimensions] */
export function categoryVectors(vectors: Float32Array, dimensions: number): CategoryVectors {
  let row = 0;
  return CATEGORIES.map((category) => {
    const mean = new Float32Array(dimensions);
    for (const _ of PROTOTYPES[category]) {
      for (let i = 0; i < dimensions; i++) mean[i]! += vectors[row * dimensions + i]!;
      row++;
    }
    const length = Math.hypot(...mean) || 1;
    return mean.map((x) => x / length);
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
