import { Pacer } from './pacer.ts';

/** Of all objects of this isolate: they share its thread, so they give way to each other. */
export const pacer = new Pacer();
