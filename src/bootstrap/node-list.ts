/**
 * Lists of hosts as Slurm writes them, `n[001-003,007],gpu[1-2]-[01-02]`. Pure. Names go into command lines later, so what a
 * shell or ssh could take for something else is refused here.
 */
const LONGEST_NAME = 253

/** Throws with what is wrong. */
type Fail = (problem: string) => never

/** All names of the list, of which there may be so many. */
export function expandNodeList(text: string, most: number, fail: Fail): string[] {
  if (!/^[^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/.test(text)) fail(`${shorten(text)}: a bracket has no partner`)
  const names: string[] = []
  for (const word of splitNodeList(text)) for (const name of expandHostName(word.trim(), most, fail)) names.push(name)
  if (names.length > most) fail(`more than ${most} hosts`)
  return names
}

/** Commas within brackets divide ranges, the others hosts. */
export function splitNodeList(text: string): string[] {
  const words: string[] = []
  let start = 0
  let isInside = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '[') isInside = true
    else if (character === ']') isInside = false
    else if (character === ',' && !isInside) {
      words.push(text.slice(start, i))
      start = i + 1
    }
  }
  words.push(text.slice(start))
  return words
}

/** The names that one with ranges stands for. */
export function expandHostName(text: string, most: number, fail: Fail): string[] {
  const names = expandRanges(text, most, fail)
  for (const name of names)
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name))
      fail(`${shorten(name)} is not a host name: letters, digits, ".", "_" and "-", a letter or digit first`)
  return names
}

/** `gpu[1-2]-[01,04]` → gpu1-01, gpu1-04, gpu2-01, gpu2-04; digits keep the width of the range's first number. */
function expandRanges(text: string, most: number, fail: Fail): string[] {
  let names = ['']
  let plain = ''
  for (const [, before = '', list] of text.matchAll(/([^[]*)(?:\[([^\]]*)\])?/gs)) {
    const numbers = list === undefined ? [''] : expandList(list, text, most, fail)
    plain += before
    if (plain.length > LONGEST_NAME) break
    if (numbers.length === 1) plain += numbers[0]
    else {
      if (names.length * numbers.length > most) fail(`${shorten(text)}: more than ${most} hosts`)
      const middle = plain
      names = names.flatMap((name) => numbers.map((number) => name + middle + number))
      plain = ''
    }
  }
  return plain === '' ? names : names.map((name) => name + plain)
}

/** `01-3,7` → 01, 02, 03, 7 */
function expandList(list: string, text: string, most: number, fail: Fail): string[] {
  const numbers: string[] = []
  for (const range of list.split(',')) {
    const [, first = '', last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? []
    const size = Number(last) - Number(first) + 1
    if (first === '' || size < 1)
      fail(`${shorten(text)}: [${shorten(list)}] is not a list of numbers and ranges as 1-3,7`)
    if (numbers.length + size > most) fail(`${shorten(text)}: more than ${most} hosts`)
    for (let number = Number(first); number <= Number(last); number++)
      numbers.push(String(number).padStart(first.length, '0'))
  }
  return numbers
}

/** A user's word for a message, which stays one line of bearable length. */
export function shorten(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
