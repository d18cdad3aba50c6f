// `npm run cost -- [--users 1000] [--messages-per-day 50] [--json]`: what a month costs at list prices, line by line.
import { parseArgs } from 'node:util';
import { bill, count, type Line, total, type Workload } from './cost/model.ts';
import operations from './cost/operations.json' with { type: 'json' };
import { GOAL_DOLLARS, STARTING_DESIGN_DOLLARS } from './cost/prices.ts';
import { runCommand, UserError } from './user-error.ts';

const USAGE =
  'usage: npm run cost -- [--users N] [--messages-per-day N] [--contexts-per-day N] [--sessions-per-day N] [--months N] [--embedding workers-ai|onnx] [--json]';

await runCommand(async () => {
  const { load, json } = readArgs(process.argv.slice(2));
  const lines = bill(load);
  if (json) console.log(JSON.stringify({ load, lines, total: total(lines), startingDesign: STARTING_DESIGN_DOLLARS }));
  else print(load, lines);
});

function readArgs(args: string[]): { load: Workload; json: boolean } {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        users: text,
        'messages-per-day': text,
        'contexts-per-day': text,
        'sessions-per-day': text,
        months: text,
        embedding: text,
        json: { type: 'boolean' },
      },
    });
    const messagesPerDay = positive(values['messages-per-day'], 50);
    const { embedding = 'workers-ai' } = values;
    if (embedding !== 'workers-ai' && embedding !== 'onnx') throw new Error('--embedding is workers-ai or onnx');
    const load: Workload = {
      users: positive(values.users, 1_000),
      messagesPerDay,
      // an assistant asks for a context at each turn of a person, and stores both turns
      contextsPerDay: positive(values['contexts-per-day'], messagesPerDay / 2),
      sessionsPerDay: positive(values['sessions-per-day'], Math.min(5, messagesPerDay)),
      months: positive(values.months, 12),
      embedding,
    };
    return { load, json: values.json === true };
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function positive(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`"${text}" is no number from 0 up`);
  return value;
}

function print(load: Workload, lines: readonly Line[]): void {
  console.log(
    `${count(load.users)} users, each with ${load.messagesPerDay} messages, ${load.contextsPerDay} contexts and ${load.sessionsPerDay} sessions a day, ` +
      `in month ${load.months}; embedding by ${load.embedding}; no text model.\n` +
      `Operations as counted on ${operations.countedOn} (scripts/cost/operations.json), list prices as in scripts/cost/prices.ts.\n`,
  );
  for (const { unit, quantity, included, dollars, formula, source, asOf, note } of lines) {
    const free = included > 0 ? `, ${count(included)} included` : '';
    console.log(`${dollars.toFixed(2).padStart(9)} USD  ${count(quantity)} ${unit}${free}`);
    console.log(`               = ${formula}`);
    console.log(`               ${source} (${asOf})${note ? `; ${note}` : ''}`);
  }
  const sum = total(lines);
  const users = load.users > 0 ? `, ${((100 * sum) / load.users).toFixed(2)} cents a user` : '';
  console.log(`${sum.toFixed(2).padStart(9)} USD  a month in all${users}`);
  console.log(
    `${STARTING_DESIGN_DOLLARS.toFixed(2).padStart(9)} USD  the starting design, for 1,000 concurrent users; goal: ${GOAL_DOLLARS} USD`,
  );
}
