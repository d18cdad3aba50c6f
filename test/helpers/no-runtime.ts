/** In place of the model's runtime, in tests that put a model of their own in: loading the real one fails. */
export default null;
