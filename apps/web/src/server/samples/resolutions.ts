/** Lengths of the buckets that sketches are kept for, ms. */
export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;
/** Minutes are kept for so long: windows that begin earlier are made of hours. */
export const minutesKeptMs = 86_400_000;
