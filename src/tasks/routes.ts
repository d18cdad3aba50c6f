import { createRoute, z } from '@hono/zod-openapi';
import type { Owner, Principal, Scope } from '../auth/contract.ts';
import { ownerFor, requireScope } from '../auth/middleware.ts';
import { bearer, json, PageQuery, problems, UserPath } from '../http/contract.ts';
import { userMemory } from '../http/user-memory.ts';
import { newRouter } from '../http/validate.ts';
import { Task, TaskState } from '../messages/contract.ts';
import { AppError, unwrap } from '../shared/errors.ts';
import { parseTaskId } from '../shared/ids.ts';

/** It holds the user's id in base 64: at most 128 characters of 3 bytes. */
const TaskPath = z.object({ task_id: z.string().min(1).max(600) });
const TaskPage = z.object({ items: z.array(Task), next: z.string().nullable() }).openapi('TaskPage');
const ListQuery = PageQuery.extend({ status: TaskState.optional() });

const describe = { tags: ['tasks'], security: bearer };
const one = { 200: json(Task, 'The task.'), ...problems };

const getTask = createRoute({
  ...describe,
  method: 'get',
  path: '/tasks/{task_id}',
  'x-scope': 'read',
  summary: 'State of a task',
  request: { params: TaskPath },
  responses: one,
});
const getTaskStatus = createRoute({
  ...describe,
  method: 'get',
  path: '/tasks/{task_id}/status',
  'x-scope': 'read',
  summary: 'State of a task (the same answer)',
  request: { params: TaskPath },
  responses: one,
});
const cancelTask = createRoute({
  ...describe,
  method: 'post',
  path: '/tasks/{task_id}/cancel',
  'x-scope': 'ingest',
  summary: 'Stop work that is not done; the messages stay stored and findable by their words',
  request: { params: TaskPath },
  responses: one,
});
const retryTask = createRoute({
  ...describe,
  method: 'post',
  path: '/tasks/{task_id}/retry',
  'x-scope': 'ingest',
  summary: 'Try a failed or cancelled task again, now',
  request: { params: TaskPath },
  responses: one,
});
const listTasks = createRoute({
  ...describe,
  method: 'get',
  path: '/users/{user_id}/tasks',
  'x-scope': 'read',
  summary: 'Tasks of a user, newest first',
  request: { params: UserPath, query: ListQuery },
  responses: { 200: json(TaskPage, 'One page.'), ...problems },
});

/** A task's id names its person; the tenant comes from the key, so a foreign id finds nothing. */
function locate(principal: Principal, scope: Scope, taskId: string): { owner: Owner; id: string } {
  requireScope(principal, scope);
  const parsed = parseTaskId(taskId);
  if (!parsed) throw new AppError('not_found', 'No such task.');
  return { owner: ownerFor(principal, scope, parsed.userId), id: parsed.id };
}

/** HTTP face of tasks: parse, call one method of the person's object, serialise. */
export const taskRoutes = newRouter()
  .openapi(getTask, async (c) => {
    const { owner, id } = locate(c.var.principal, 'read', c.req.valid('param').task_id);
    return c.json(unwrap(await userMemory(c.env, owner).getTask(owner, id)), 200);
  })
  .openapi(getTaskStatus, async (c) => {
    const { owner, id } = locate(c.var.principal, 'read', c.req.valid('param').task_id);
    return c.json(unwrap(await userMemory(c.env, owner).getTask(owner, id)), 200);
  })
  .openapi(cancelTask, async (c) => {
    const { owner, id } = locate(c.var.principal, 'ingest', c.req.valid('param').task_id);
    return c.json(unwrap(await userMemory(c.env, owner).cancelTask(owner, id)), 200);
  })
  .openapi(retryTask, async (c) => {
    const { owner, id } = locate(c.var.principal, 'ingest', c.req.valid('param').task_id);
    return c.json(unwrap(await userMemory(c.env, owner).retryTask(owner, id)), 200);
  })
  .openapi(listTasks, async (c) => {
    const owner = ownerFor(c.var.principal, 'read', c.req.valid('param').user_id);
    return c.json(unwrap(await userMemory(c.env, owner).listTasks(owner, c.req.valid('query'))), 200);
  });
