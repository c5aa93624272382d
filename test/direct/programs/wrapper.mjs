// Starts Node as npx and tsx do, which closes all descriptors but three.
import { spawn } from 'node:child_process'

const child = spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })
child.on('exit', (code) => (process.exitCode = code ?? 1))
