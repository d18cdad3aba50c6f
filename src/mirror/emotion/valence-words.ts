/** The closed word classes of VADER's rules (Hutto & Gilbert 2014, MIT licence). */
const STEP = 0.293;

const STRONGER = `absolutely amazingly awfully completely considerably decidedly deeply effing enormously entirely especially
  exceptionally extremely fabulously flipping flippin fricking frickin frigging friggin fully fucking greatly hella
  highly hugely incredibly intensely majorly more most particularly purely quite really remarkably so substantially
  thoroughly totally tremendously uber unbelievably unusually utterly very`;
const WEAKER = `almost barely hardly kinda kindof kind-of less little marginally occasionally partly scarcely slightly somewhat
  sorta sortof sort-of`;

/** Degree words and what they add to the strength of the word behind them. */
export const BOOSTERS: ReadonlyMap<string, number> = new Map([
  ...STRONGER.split(/\s+/).map((word) => [word, STEP] as const),
  ...WEAKER.split(/\s+/).map((word) => [word, -STEP] as const),
]);

/** Degree words of two words. */
export const DAMPENING_PAIRS: ReadonlySet<string> = new Set(['just enough', 'kind of', 'sort of']);

/** Phrases that mean something else than their words. */
export const IDIOMS: ReadonlyMap<string, number> = new Map([
  ['the shit', 3],
  ['the bomb', 3],
  ['bad ass', 1.5],
  ['yeah right', -2],
  ['cut the mustard', 2],
  ['kiss of death', -1.5],
  ['hand to mouth', -2],
]);

const NEGATIONS = new Set(
  `aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither neednt
  never none nope nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent uh-uh without wont wouldnt
  rarely seldom despite`.split(/\s+/),
);

/** Whether a word says no. Lower case, straight apostrophes. */
export const isNegation = (word: string): boolean => NEGATIONS.has(word) || word.includes("n't");
