/** Sentences written for these tests, of a person who is sociable and fond of plans. */
const SENTENCES = [
  'I am going to the concert with Nina and her brother tonight, and then we will all have dinner!',
  'We talked about the trip for hours and I think the plan is finally ready.',
  "I don't know why I worry so much about the exam, because I have studied every day.",
  'Maybe the garden needs more water, or maybe the tomatoes are simply tired of the heat.',
  'She said that she would call her mother tomorrow morning before work.',
  'It was raining again, so I stayed at home and read a strange book about the sea.',
  'You really should come and see the new house; there is so much room for guests.',
  'Nobody told me that the meeting had moved, and I was a little angry about it.',
  "I can't wait to play football with everyone on Sunday!",
  'Sometimes I wonder whether music means the same to people in other countries.',
];

/** The `i`th of any number of messages. */
export const sentence = (i: number): string => SENTENCES[i % SENTENCES.length]!;
