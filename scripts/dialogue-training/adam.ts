/** Adam over one array of weights, pulled towards where it started. */
export class Adam {
  private readonly mean: Float32Array;
  private readonly square: Float32Array;
  private readonly start: Float32Array;
  private readonly weights: Float32Array;
  private readonly pull: number;
  private step = 0;

  constructor(weights: Float32Array, pull: number) {
    this.weights = weights;
    this.pull = pull;
    this.start = weights.slice();
    this.mean = new Float32Array(weights.length);
    this.square = new Float32Array(weights.length);
  }

  update(gradient: Float32Array, rate: number): void {
    const { mean, square, weights, start, pull } = this;
    this.step++;
    const [unbias, unbiasSquare] = [1 - 0.9 ** this.step, 1 - 0.99 ** this.step];
    for (let i = 0; i < weights.length; i++) {
      const slope = gradient[i]!;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.99 * square[i]! + 0.01 * slope * slope;
      const move = mean[i]! / unbias / (Math.sqrt(square[i]! / unbiasSquare) + 1e-8);
      weights[i]! -= rate * (move + pull * (weights[i]! - start[i]!));
    }
  }
}
