// Preloaded into a rank: loses or doubles packets of one pair, as ZMPI_TEST_FAULT says. The library knows nothing of it.
import { register } from 'node:module'
import { Mixed } from '../../../dist/src/transport/mixed.js'

// The program uses the modules that this one changes.
const HOOKS = `export const resolve = (name, context, next) =>
  next(name === 'zmpi' ? ${JSON.stringify(new URL('../../../dist/src/index.js', import.meta.url))} : name, context)`

const { from, to, deed, packet } = JSON.parse(process.env.ZMPI_TEST_FAULT)
if (process.env.ZMPI_RANK === String(from)) {
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`)
  const send = Reflect.get(Mixed.prototype, 'send')
  let number = 0
  Mixed.prototype.send = function (peer, ...rest) {
    const current = peer === to ? number++ : -1
    if (deed === 'lose' && current === packet) return
    if (deed === 'silence' && current >= packet) return
    Reflect.apply(send, this, [peer, ...rest])
    if (deed === 'double' && current === packet) Reflect.apply(send, this, [peer, ...rest])
  }
}
