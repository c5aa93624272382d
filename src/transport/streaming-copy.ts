/**
 * A copy past the caches, as machine code: by non-temporal stores (Intel SDM vol. 1, 10.4.6.2; AMD64 APM vol. 2, 7.4.2), which
 * JavaScript and WebAssembly lack. An ordinary store needs its line in this core's cache first; from that of a distant core it
 * comes in 20 to 30 ns, hardly two at a time: 64 KiB in 30 µs. These stores send whole lines to memory and wait for nothing: 2 µs.
 *
 * void copy(void *target, const void *source, size_t bytes), by the calling convention of System V; `target` is a multiple of 16.
 * Needs nothing beyond what every x86-64 has, touches nothing but target and source.
 */
const X64 = [
  [0xf3, 0x0f, 0x1e, 0xfa], //              endbr64
  [0x48, 0x89, 0xd1], //                    mov    rcx, rdx
  [0x83, 0xe1, 0x3f], //                    and    ecx, 63              rcx: what no whole line holds
  [0x48, 0x83, 0xe2, 0xc0], //              and    rdx, -64
  [0x48, 0x01, 0xd6], //                    add    rsi, rdx
  [0x48, 0x01, 0xd7], //                    add    rdi, rdx
  [0x48, 0xf7, 0xda], //                    neg    rdx                  rdx: from the end of the lines, up to 0
  [0x74, 0x34], //                          jz     rest
  [0xf3, 0x0f, 0x6f, 0x04, 0x16], //        movdqu xmm0, [rsi+rdx]      line:
  [0xf3, 0x0f, 0x6f, 0x4c, 0x16, 0x10], //  movdqu xmm1, [rsi+rdx+16]
  [0xf3, 0x0f, 0x6f, 0x54, 0x16, 0x20], //  movdqu xmm2, [rsi+rdx+32]
  [0xf3, 0x0f, 0x6f, 0x5c, 0x16, 0x30], //  movdqu xmm3, [rsi+rdx+48]
  [0x66, 0x0f, 0xe7, 0x04, 0x17], //        movntdq [rdi+rdx], xmm0
  [0x66, 0x0f, 0xe7, 0x4c, 0x17, 0x10], //  movntdq [rdi+rdx+16], xmm1
  [0x66, 0x0f, 0xe7, 0x54, 0x17, 0x20], //  movntdq [rdi+rdx+32], xmm2
  [0x66, 0x0f, 0xe7, 0x5c, 0x17, 0x30], //  movntdq [rdi+rdx+48], xmm3
  [0x48, 0x83, 0xc2, 0x40], //              add    rdx, 64
  [0x75, 0xcc], //                          jnz    line
  [0xf3, 0xa4], //                          rep movsb                   rest:
  [0x0f, 0xae, 0xf8], //                    sfence                      before what is stored after the copy
  [0xc3], //                                ret
]

/** undefined for other processors. */
export const STREAMING_COPY: Uint8Array | undefined = process.arch === 'x64' ? Uint8Array.from(X64.flat()) : undefined
/** What its target must be a multiple of. */
export const STREAMING_ALIGNMENT = 16
