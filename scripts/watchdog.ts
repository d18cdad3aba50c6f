// `watchdog.ts PID SIGNAL`: when the process that holds our stdin is gone, signals PID and then ends its whole group.
// Only for systems without `setpriv --pdeathsig` (scripts/leash.ts).
const [pid, signal] = [Number(process.argv[2]), process.argv[3] as NodeJS.Signals];
const GRACE_MS = 5_000;

const tell = (target: number, what: NodeJS.Signals) => {
  try {
    process.kill(target, what);
  } catch {
    // it has ended by itself
  }
};

process.on('SIGINT', () => {}); // Ctrl-C is for the server; what follows from it is our cue
process.stdin.resume();
process.stdin.once('end', () => {
  tell(pid, signal);
  setTimeout(() => tell(-pid, 'SIGKILL'), signal === 'SIGKILL' ? 0 : GRACE_MS);
});
