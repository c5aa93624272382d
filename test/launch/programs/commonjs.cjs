console.log('commonjs', require.main === module, __filename.endsWith('commonjs.cjs'))
