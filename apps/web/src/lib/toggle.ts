/** The list without the value when it is in, with it at the end when it is not. */
export const toggle = <T>(list: readonly T[], value: T): T[] => (list.includes(value) ? list.filter((v) => v !== value) : [...list, value]);
