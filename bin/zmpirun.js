#!/usr/bin/env node
import { main } from '../dist/lib/launcher/main.js'

await main()
