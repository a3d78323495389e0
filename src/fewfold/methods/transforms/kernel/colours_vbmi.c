/* With AVX-512 VBMI: 16 pixels are unpacked, looked up in the table and packed again without a loop. */
#include "colours.h"
#if HAS_VERSIONS
#include <immintrin.h>
#define BYTES __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define BYTES_INLINE BYTES static inline

/* Weights of the lower and the upper neighbour in the halves of each lane. */
BYTES_INLINE __m512i weights(const int32_t *part) {
    __m512i upper = _mm512_srli_epi32(_mm512_loadu_si512(part), FRACTION - WEIGHT_BITS);
    __m512i lower = _mm512_sub_epi32(_mm512_set1_epi32(1 << WEIGHT_BITS), upper);
    return _mm512_or_si512(lower, _mm512_slli_epi32(upper, 16));
}

/* For channel k of 16 pixels of 8 bytes: the bytes of both neighbours, one in each half of a lane. */
BYTES_INLINE __m512i pairs(const uint64_t *from, __m512i index) {
    __m512i first = _mm512_loadu_si512(from), second = _mm512_loadu_si512(from + 8);
    return _mm512_maskz_permutex2var_epi8(0x5555555555555555, first, index, second);
}

BYTES_INLINE __m512i permuted_from(const uint8_t *table, __m512i at) {
    __m512i low = _mm512_permutex2var_epi8(_mm512_loadu_si512(table), at, _mm512_loadu_si512(table + 64));
    __m512i high = _mm512_permutex2var_epi8(_mm512_loadu_si512(table + 128), at, _mm512_loadu_si512(table + 192));
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(at), low, high);
}

BYTES_INLINE __m512i curved(const Warp *w, __m512i pixels, int channels) {
    if (!w->table)
        return pixels;
    if (!w->table_stride)
        return permuted_from(w->table, pixels);
    __m512i result = pixels;
    for (int k = 0; k < channels; k++) {
        __m512i each = permuted_from(w->table + k * w->table_stride, pixels);
        result = _mm512_mask_mov_epi8(result, 0x1111111111111111ull << k, each);
    }
    return result;
}

BYTES_INLINE void permuted(const Warp *w, const Run *run, uint8_t *out, int channels) {
    Neighbours all;
    uint8_t line[4 * RUN + 64], compact[64];
    neighbours(w, run, &all);
    for (int i = 0; i < 64; i++)
        compact[i] = channels == 4 ? i : i / 3 * 4 + i % 3;
    const __m512i closing = _mm512_loadu_si512(compact);
    const __m512i half = _mm512_set1_epi32(1 << (LAST_SHIFT - 1));
    const __m512i pixel = _mm512_setr_epi32(0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120);
    const __m512i first = _mm512_or_si512(pixel, _mm512_slli_epi32(pixel, 16));
    for (int i = 0; i < run->n; i += LANES) {
        __m512i x = weights(run->part[X] + i), y = weights(run->part[Y] + i), pixels = _mm512_setzero_si512();
        for (int k = 0; k < channels; k++) {
            __m512i index = _mm512_add_epi32(first, _mm512_set1_epi32(k | (k + channels) << 16));
            __m512i top = _mm512_madd_epi16(pairs(all.top + i, index), x);
            __m512i bottom = _mm512_madd_epi16(pairs(all.bottom + i, index), x);
            top = _mm512_srli_epi32(top, SHIFT);
            bottom = _mm512_slli_epi32(bottom, 16 - SHIFT);
            __m512i sum = _mm512_madd_epi16(_mm512_mask_blend_epi16(0xaaaaaaaa, top, bottom), y);
            sum = _mm512_srli_epi32(_mm512_add_epi32(sum, half), LAST_SHIFT);
            pixels = _mm512_or_si512(pixels, _mm512_slli_epi32(sum, 8 * k));
        }
        pixels = _mm512_permutexvar_epi8(closing, curved(w, pixels, channels));
        _mm512_storeu_si512(line + channels * i, pixels);
    }
    memcpy(out, line, (size_t)channels * run->n);
}

BYTES static void permuted3(const Warp *w, const Run *run, void *out) {
    if (roomy(w, run))
        permuted(w, run, out, 3);
    else
        otherwise(w, run, out);
}

BYTES static void permuted4(const Warp *w, const Run *run, void *out) {
    if (roomy(w, run))
        permuted(w, run, out, 4);
    else
        otherwise(w, run, out);
}

Sampler *colours_vbmi(int channels) {
    return channels == 3 ? permuted3 : permuted4;
}
#endif
