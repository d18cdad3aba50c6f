/** Pieces in the order of their ids, each with its log probability, as the model package ships them. */
export type Vocabulary = readonly (readonly [piece: string, score: number])[];

/** Ids below this are control tokens that no text can produce. */
const RESERVED = 6;
const UNKNOWN = 0;
const WORD_START = '\u2581';

/**
 * SentencePiece unigram tokenizer: the segmentation with the highest sum of scores, found by Viterbi.
 *
 * Pieces live in a trie whose edges are one open-addressed hash table of (node, UTF-16 unit). A trie of objects or Maps
 * takes several times as long to build, and every isolate builds it once before its first message.
 * @see Kudo 2018, Subword Regularization, section 3.2 (arXiv:1804.10959)
 */
export class Tokenizer {
  private readonly scores: Float64Array;
  /** (node << 16 | unit), 0 for a free slot: no edge has the key 0 because no piece holds U+0000 */
  private readonly edges: Uint32Array;
  private readonly children: Uint16Array;
  /** id of the piece that ends at a node, 0 for none */
  private readonly pieceAt: Uint16Array;
  private readonly mask: number;
  private nodes = 1;

  constructor(vocabulary: Vocabulary) {
    let units = 1;
    for (const [piece] of vocabulary) units += piece.length;
    if (units > 0xffff) throw new RangeError(`The vocabulary needs up to ${units} trie nodes, at most 65535 fit.`);
    const slots = 2 ** Math.ceil(Math.log2(2 * units));
    this.mask = slots - 1;
    this.edges = new Uint32Array(slots);
    this.children = new Uint16Array(slots);
    this.pieceAt = new Uint16Array(units);
    this.scores = new Float64Array(vocabulary.length);
    for (let id = RESERVED; id < vocabulary.length; id++) {
      const [piece, score] = vocabulary[id]!;
      this.scores[id] = score;
      this.add(piece, id);
    }
  }

  /**
   * Ids of the pieces of `text`, unlimited. Neighbouring unknown characters are one unknown token (id 0).
   * A text is read as NFKC; nothing else is normalised and case counts. An empty text has no tokens.
   */
  encode(text: string): Int32Array {
    const normalised = text.normalize('NFKC');
    if (normalised === '') return new Int32Array(0);
    const source = WORD_START + normalised.replaceAll(' ', WORD_START);
    const { ids, starts } = this.bestPaths(source);
    return backtrack(source.length, ids, starts);
  }

  /** For every end position, the last piece of the best segmentation that ends there, and where that piece starts. */
  private bestPaths(source: string): { ids: Uint16Array; starts: Int32Array } {
    const { scores, pieceAt } = this;
    const length = source.length;
    const best = new Float64Array(length + 1).fill(Number.NEGATIVE_INFINITY);
    const ids = new Uint16Array(length + 1);
    const starts = new Int32Array(length + 1);
    best[0] = 0;
    for (let start = 0; start < length; start++) {
      const before = best[start]!;
      let known = false;
      let node = 0;
      for (let end = start + 1; end <= length; end++) {
        node = this.child(node, source.charCodeAt(end - 1));
        if (node === 0) break;
        const id = pieceAt[node]!;
        if (id === 0) continue;
        known = true;
        const total = before + scores[id]!;
        if (total >= best[end]!) {
          best[end] = total;
          ids[end] = id;
          starts[end] = start;
        }
      }
      // where no piece starts, one unit passes as unknown at no cost
      if (!known && before >= best[start + 1]!) {
        best[start + 1] = before;
        ids[start + 1] = UNKNOWN;
        starts[start + 1] = start;
      }
    }
    return { ids, starts };
  }

  private add(piece: string, id: number): void {
    let node = 0;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      const slot = this.slot(node, unit);
      if (this.edges[slot] === 0) {
        this.edges[slot] = edge(node, unit);
        this.children[slot] = this.nodes++;
      }
      node = this.children[slot]!;
    }
    this.pieceAt[node] = id;
  }

  /** The node reached from `node` by a UTF-16 unit, 0 (the root) when there is none. */
  private child(node: number, unit: number): number {
    return this.children[this.slot(node, unit)]!;
  }

  /** Where the edge is, or the free slot where it would be. */
  private slot(node: number, unit: number): number {
    const { edges, mask } = this;
    const key = edge(node, unit);
    let at = (Math.imul(key, 0x9e3779b1) >>> 12) & mask;
    for (;;) {
      const found = edges[at]!;
      if (found === key || found === 0) return at;
      at = (at + 1) & mask;
    }
  }
}

const edge = (node: number, unit: number): number => ((node << 16) | unit) >>> 0;

function backtrack(length: number, ids: Uint16Array, starts: Int32Array): Int32Array {
  const reversed: number[] = [];
  for (let end = length; end > 0; end = starts[end]!) {
    const id = ids[end]!;
    if (id !== UNKNOWN || reversed.at(-1) !== UNKNOWN) reversed.push(id);
  }
  return Int32Array.from(reversed.reverse());
}
