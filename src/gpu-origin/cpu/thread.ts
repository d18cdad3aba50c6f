import { parentPort, workerData } from 'node:worker_threads';
import { NeighbourFinder } from '../../spatial/layout/neighbour-finder.ts';
import { findInBatch, isRanking, Resident, rankInBatch } from '../../spatial/resident.ts';
import type { Answered, Asked, Task, TaskAnswer } from './contract.ts';
import { projectRows } from './project-rows.ts';

// The whole of a thread of the cpu backend: it holds the indexes of its arenas and answers one task after the other.

const kernel = workerData as WebAssembly.Module;
const residents = new Map<number, Resident>();
const finders = new WeakMap<Resident, NeighbourFinder>();

function resident(handle: number): Resident {
  const found = residents.get(handle);
  if (!found) throw new RangeError('The arena is not on this thread.');
  return found;
}

function answer(task: Task): TaskAnswer {
  switch (task.type) {
    case 'load': {
      const loaded = new Resident(task.arena, kernel);
      residents.set(task.handle, loaded);
      return task.arena.points ? loaded.index().share() : null; // now, and not when somebody waits
    }
    case 'drop':
      residents.delete(task.handle);
      return null;
    case 'query': {
      const { kind, handles, limit } = task;
      const asked = handles.map(resident);
      return isRanking(kind) ? rankInBatch(kind, asked, task, limit) : findInBatch(kind, asked, task, limit);
    }
    case 'neighbours': {
      const asked = resident(task.handle);
      const finder = finders.get(asked) ?? new NeighbourFinder(asked.arena, kernel);
      finders.set(asked, finder);
      return finder.find(task.from, task.to, task.k);
    }
    case 'project':
      return projectRows(resident(task.handle).arena, task.axes);
  }
}

/** Those that the other side may have for itself: an index is shared. */
function buffersOf(given: TaskAnswer): ArrayBuffer[] {
  if (given === null || 'link' in given) return [];
  const arrays = given instanceof Float64Array ? [given] : Object.values(given);
  return arrays.map(({ buffer }) => buffer as ArrayBuffer);
}

parentPort?.on('message', ({ number, task }: Asked) => {
  let reply: Answered;
  try {
    reply = { number, answer: answer(task) };
  } catch (error) {
    reply = { number, error: String(error) };
  }
  parentPort?.postMessage(reply, 'answer' in reply ? buffersOf(reply.answer) : []);
});
