/**
 * What a dying rank writes to its stderr, synchronously, just before Node prints an uncaught exception: the launcher
 * keeps what follows for the failure block, so that the stack is told once.
 */
export const LAST_WORDS_MARKER = '\0zmpi:last-words\n'
