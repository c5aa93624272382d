const answer: number = 42
module.exports = { answer }
if (require.main === module) console.log('common', answer)
