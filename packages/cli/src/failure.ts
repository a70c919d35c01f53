/** Exit codes, and errors that are the person's to mend. */
export const exitCodes = {
  ok: 0,
  /** The handler or script: it does not compile, its top level fails, a start fails, a script ends with an uncaught error. */
  failed: 1,
  /** Unknown option, missing file, unknown target or mode. */
  usage: 2,
  /** The control plane cannot be reached or does not accept the token. */
  controlPlane: 3,
  /** `bench --budget`: measured, and more than it may be. */
  budget: 4,
} as const;

export const exitCodesHelp = `
Exit codes:
  0  done
  1  the handler or script failed: it does not compile, throws, or does not start
  2  usage: an unknown option, a file that is not there
  3  the control plane cannot be reached or does not accept the token
  4  a budget of bench is exceeded`;

/** Printed without a stack. */
export class Failure extends Error {
  readonly exitCode: number;
  /** For --json. */
  readonly details: object;

  constructor(exitCode: number, message: string, details: object = {}) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
    this.details = details;
  }
}
