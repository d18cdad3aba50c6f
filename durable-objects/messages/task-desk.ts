import type { Owner } from '../../src/auth/contract.ts';
import type { TaskListOptions } from '../../src/http/user-memory.ts';
import type { Task } from '../../src/messages/contract.ts';
import { done, type Outcome, refused } from '../../src/shared/errors.ts';
import { BAD_CURSOR, decodeCursor, encodeCursor, type Page, pageOf } from '../../src/shared/page.ts';
import type { RelayoutDesk } from '../palace/relayout-desk.ts';
import type { Stores } from '../stores/stores.ts';
import { toTask } from '../stores/task-store.ts';

const NO_TASK = refused('not_found', 'No such task.');

/** What clients may ask of the tasks of an object that holds something. */
export class TaskDesk {
  private readonly stores: Stores;

  private readonly relayouts: () => RelayoutDesk;

  constructor(stores: Stores, relayouts: () => RelayoutDesk) {
    this.stores = stores;
    this.relayouts = relayouts;
  }

  get({ userId }: Owner, id: string): Outcome<Task> {
    const row = this.stores.tasks.find(id);
    if (row) return done(toTask(row, userId));
    const relayout = this.relayouts().find(id);
    return relayout ? done(this.relayouts().task(relayout)) : NO_TASK;
  }

  list({ userId }: Owner, query: TaskListOptions): Outcome<Page<Task>> {
    const cursor = query.cursor === undefined ? null : decodeCursor(query.cursor, 1);
    if (query.cursor !== undefined && !cursor) return BAD_CURSOR;
    const rows = this.stores.tasks.list(query.status ?? null, cursor?.[0] ?? null, query.limit + 1);
    const page = pageOf(rows, query.limit, (last) => encodeCursor([last.seq]));
    return done({ items: page.items.map((row) => toTask(row, userId)), next: page.next });
  }

  cancel(id: string): Outcome<null> {
    const task = this.stores.tasks.find(id) ?? this.relayouts().find(id);
    if (!task) return NO_TASK;
    if (task.state === 'completed' || task.state === 'failed') return refused('conflict', `The task is ${task.state}.`);
    if (!this.relayouts().cancel(id, Date.now())) this.stores.tasks.cancel(task.seq, Date.now());
    return done(null);
  }

  /** @returns whether there is work again; false if it was asked for before */
  retry(id: string): Outcome<boolean> {
    const relayout = this.relayouts().find(id);
    const task = this.stores.tasks.find(id) ?? relayout;
    if (!task) return NO_TASK;
    if (task.state === 'completed') return refused('conflict', 'The task is completed.');
    if (task.state === 'pending' || task.state === 'processing') return done(false);
    if (relayout) return this.relayouts().retry(relayout, Date.now());
    this.stores.tasks.reopen(task.seq, Date.now());
    return done(true);
  }
}
