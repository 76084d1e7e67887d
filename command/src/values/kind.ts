/** A kind of value that people type: its placeholder in help and its parser, which throws a ValueError. */
export type Kind<T> = { readonly placeholder: string; readonly parse: (text: string) => T }

export const kind = <T>(placeholder: string, parse: (text: string) => T): Kind<T> => ({ placeholder, parse })
