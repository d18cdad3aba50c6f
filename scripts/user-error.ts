/** A failure that the person at the keyboard can mend: shown as one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Runs a command's main function. A `UserError` becomes one line on stderr, anything else is shown whole; both exit 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof UserError ? `palimpsest: ${error.message}` : error);
    process.exit(1);
  }
}
