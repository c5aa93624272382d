// Handles its uncaught exception.
process.on('uncaughtException', () => console.error('survived'))
throw new Error('handled')
