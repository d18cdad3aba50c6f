/** `folds`: trained and tested within the data; `shipped`: the weights in the repository on all of it. */
export type Protocol = 'folds' | 'shipped';

export const isProtocol = (name: string): name is Protocol => name === 'folds' || name === 'shipped';
