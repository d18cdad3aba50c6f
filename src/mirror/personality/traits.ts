/** The Big Five. `N` is neuroticism: high is easily upset. */
export const TRAITS = ['O', 'C', 'E', 'A', 'N'] as const;
export type Trait = (typeof TRAITS)[number];

export const TRAIT_NAMES: Readonly<Record<Trait, string>> = {
  O: 'openness',
  C: 'conscientiousness',
  E: 'extraversion',
  A: 'agreeableness',
  N: 'neuroticism',
};
