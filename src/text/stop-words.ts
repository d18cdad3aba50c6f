/**
 * English words that carry no topic. The pieces that an apostrophe leaves behind ("don", "t", "ll") stand among them,
 * because the tokenizer splits there. Stop words of other languages need no list: BM25 gives frequent words little weight.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about after again against all also am an and any are aren as at be because been before being below between both
  but by can could couldn d did didn do does doesn doing don down during each few for from further had hadn has hasn
  have haven having he her here hers herself him himself his how i if in into is isn it its itself just ll m me might
  more most mustn my myself needn no nor not now of off on once only or other our ours ourselves out over own re s same
  shan she should shouldn so some such t than that the their theirs them themselves then there these they this those
  through to too under until up ve very was wasn we were weren what when where which while who whom why will with won
  would wouldn you your yours yourself yourselves`.split(/\s+/),
);
