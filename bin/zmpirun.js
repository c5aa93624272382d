#!/usr/bin/env node
import { main } from '../dist/src/launcher/main.js'

await main()
