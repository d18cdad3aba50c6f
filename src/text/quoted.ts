/** Line ends that JSON leaves as they are, signs that turn or hide what follows, and letters that only a machine sees. */
const UNSEEN = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\udb40[\udc00-\uddef]/g;
/** What some models read as the mark of a turn: `<|im_start|>`, `</s>`, `<system>`, `[INST]`. */
const TURN_MARKS = /<(?=[|/!?\p{L}])|\[(?=\s*\/?\s*(?:INST|SYS))/giu;

const escaped = (text: string) =>
  text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A text as one line between double quotes (a JSON string), from which nothing it holds can break out. */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(UNSEEN, escaped).replace(TURN_MARKS, escaped);
