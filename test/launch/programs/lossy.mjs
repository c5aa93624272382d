// Preloaded into a rank: loses or doubles packets of one pair, as ZMPI_TEST_FAULT says. The library knows nothing of it.
import { Mixed } from '../../../dist/src/transport/mixed.js'

const { from, to, deed, packet } = JSON.parse(process.env.ZMPI_TEST_FAULT)
if (process.env.ZMPI_RANK === String(from)) {
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
