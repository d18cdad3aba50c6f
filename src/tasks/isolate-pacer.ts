import { Pacer } from './pacer.ts';
import { SaveQueue } from './save-queue.ts';

/** Of all objects of this isolate: they share its thread, so they give way to each other. */
export const pacer = new Pacer();

/** … and are saved in turns. */
export const saveQueue = new SaveQueue(pacer);
