// Fibonacci numbers by plain recursion: the last items cost as much as all before them, and the pool evens it out.
//   zmpirun -n 4 examples/14-fibonacci.ts
import { equal } from 'node:assert/strict'
import { map } from './pool.ts'

const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2))

// Longest work first
const places = Array.from({ length: 26 }, (_, n) => 25 - n)
const results = await map(places, fibonacci)
if (results !== undefined) {
  for (const [i, result] of results.entries()) console.log(`fibonacci(${places[i]}) = ${result}`)
  equal(results[0], 75025)
  for (let i = 2; i < results.length; i++) equal(results[i - 2], (results[i - 1] ?? 0) + (results[i] ?? 0))
}
