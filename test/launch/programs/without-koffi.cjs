// As if the optional dependency were not installed.
const Module = require('node:module')

const METHOD = '_resolveFilename'
const resolve = Module[METHOD]
Module[METHOD] = function (request, ...rest) {
  if (request === 'koffi') throw Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' })
  return resolve.call(this, request, ...rest)
}
