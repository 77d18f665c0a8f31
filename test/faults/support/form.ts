/** The short form is for every change; the long one, for a release, is the same at its full size. */
const isShort = process.env.FAULTS === 'short';

export const byForm = <T>(short: T, long: T): T => (isShort ? short : long);

/** Set by the global set-up: FAULTS_SEED, or a new one. */
export const seed = Number(process.env.FAULTS_SEED);
