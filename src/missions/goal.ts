import { err, ok, type Result } from '../base/result.ts';

const MAX_GOAL = 20_000;

/** A goal as it is kept: trimmed, well-formed text. Everything else about it stays, naughty or not. */
export function parseGoal(text: string): Result<string, string> {
  const goal = text.trim();
  if (goal === '') return err('The goal is empty. Say in a sentence what should be different afterwards.');
  if (goal.length > MAX_GOAL)
    return err(`The goal is ${goal.length} characters long; at most ${MAX_GOAL} are read. Put the details into a file and name it.`);
  if (!goal.isWellFormed()) return err('The goal holds half of a character (a lone surrogate). Remove it and try again.');
  if (goal.includes('\0')) return err('The goal holds a NUL character. Remove it and try again.');
  return ok(goal);
}
