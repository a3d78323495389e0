/* With AVX2: eight pixels at once, of which two share a vector. */
#include "colours.h"
#if HAS_VERSIONS
#include <immintrin.h>
#define WIDE __attribute__((target("avx2")))
#define WIDE_INLINE WIDE static inline __attribute__((always_inline))
#define EIGHT 8
#define BATCH 96 /* bytes that are looked up together: three vectors */

/* Weights of the lower and the upper neighbour in the halves of each lane. */
WIDE_INLINE __m256i weights(const int32_t *part) {
    __m256i upper = _mm256_srli_epi32(_mm256_loadu_si256((const __m256i *)part), FRACTION - WEIGHT_BITS);
    __m256i lower = _mm256_sub_epi32(_mm256_set1_epi32(1 << WEIGHT_BITS), upper);
    return _mm256_or_si256(lower, _mm256_slli_epi32(upper, 16));
}

/* 8 bytes from each of the pixels 0, 1, 4 and 5 after a corner. */
WIDE_INLINE __m256i loaded(const uint8_t *from, const int32_t *corner) {
    __m128i low = _mm_set_epi64x((long long)load64(from + corner[1]), (long long)load64(from + corner[0]));
    __m128i high = _mm_set_epi64x((long long)load64(from + corner[5]), (long long)load64(from + corner[4]));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Channels of pixel k in the lower half of the vector, of pixel k + 4 in the upper one; `pairs` picks, for each channel,
 * the bytes of both neighbours. */
WIDE_INLINE __m256i blended(__m256i top, __m256i bottom, __m256i pairs, __m256i x, __m256i y) {
    top = _mm256_srli_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(top, pairs), x), SHIFT);
    bottom = _mm256_slli_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(bottom, pairs), x), 16 - SHIFT);
    __m256i sum = _mm256_madd_epi16(_mm256_blend_epi16(top, bottom, 0xaa), y);
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << (LAST_SHIFT - 1))), LAST_SHIFT);
}

/* Bytes sent through one table for all channels. A table of 16 is a permutation, which gives 0 where the index is
 * negative: byte v picks from the differences of tables 0 to v / 16, whose sum (XOR) is table v / 16. */
WIDE_INLINE void permuted(const uint8_t *table, uint8_t *bytes, int n) {
    const __m256i sixteen = _mm256_set1_epi8(16), half = _mm256_set1_epi8((char)128);
    for (uint8_t *at = bytes; at < bytes + n; at += BATCH) {
        __m256i value[3], sum[3];
        for (int v = 0; v < 3; v++) {
            value[v] = _mm256_loadu_si256((const __m256i *)at + v);
            sum[v] = _mm256_setzero_si256();
        }
#pragma GCC unroll 2
        for (int upper = 0; upper < 2; upper++) {
            __m256i index[3], before = _mm256_setzero_si256();
            for (int v = 0; v < 3; v++)
                index[v] = upper ? _mm256_xor_si256(value[v], half) : value[v];
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++) {
                const uint8_t *from = table + 16 * (8 * upper + k);
                __m256i own = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)from));
                __m256i change = _mm256_xor_si256(own, before);
                before = own;
                for (int v = 0; v < 3; v++) {
                    sum[v] = _mm256_xor_si256(sum[v], _mm256_shuffle_epi8(change, index[v]));
                    index[v] = _mm256_subs_epi8(index[v], sixteen);
                }
            }
        }
        for (int v = 0; v < 3; v++)
            _mm256_storeu_si256((__m256i *)at + v, sum[v]);
    }
}

#define OF(k, v) _mm256_shuffle_epi32(v, 0x55 * (k)) /* lane k in each half */

WIDE_INLINE void wide(const Warp *w, const Run *run, uint8_t *out, int channels) {
    const uint8_t *source = w->source, *under = source + w->stride[Y];
    const int n = channels, separate = w->table && w->table_stride, all = (run->n + EIGHT - 1) / EIGHT * EIGHT;
    uint8_t line[4 * RUN + BATCH];
    const __m256i first = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, -1, n, -1, 1, -1, n + 1, -1, 2, -1, n + 2, -1, 3, -1, n + 3, -1));
    const __m256i second = _mm256_add_epi8(first, _mm256_set1_epi16(8));
    const __m256i closing =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    for (int i = 0; i < all; i += EIGHT) {
        const int32_t *corner = run->corner + i;
        __m256i x = weights(run->part[X] + i), y = weights(run->part[Y] + i);
        __m256i top = loaded(source, corner), bottom = loaded(under, corner);
        __m256i p0 = blended(top, bottom, first, OF(0, x), OF(0, y));
        __m256i p1 = blended(top, bottom, second, OF(1, x), OF(1, y));
        top = loaded(source, corner + 2), bottom = loaded(under, corner + 2);
        __m256i p2 = blended(top, bottom, first, OF(2, x), OF(2, y));
        __m256i p3 = blended(top, bottom, second, OF(3, x), OF(3, y));
        __m256i pixels = _mm256_packus_epi16(_mm256_packus_epi32(p0, p1), _mm256_packus_epi32(p2, p3));
        if (separate || channels == 4) {
            _mm256_storeu_si256((__m256i *)(line + 4 * i), pixels);
            continue;
        }
        pixels = _mm256_shuffle_epi8(pixels, closing);
        _mm_storeu_si128((__m128i *)(line + 3 * i), _mm256_castsi256_si128(pixels));
        _mm_storeu_si128((__m128i *)(line + 3 * i + 12), _mm256_extracti128_si256(pixels, 1));
    }
    if (w->table && !separate)
        permuted(w->table, line, channels * run->n);
    if (!separate)
        memcpy(out, line, (size_t)channels * run->n);
    for (int i = 0; separate && i < run->n; i++) {
        uint32_t pixel;
        memcpy(&pixel, line + 4 * i, sizeof pixel);
        looked_up(w, pixel, out + channels * i, channels);
    }
}

WIDE static void wide3(const Warp *w, const Run *run, void *out) {
    if (roomy(w, run))
        wide(w, run, out, 3);
    else
        otherwise(w, run, out);
}

WIDE static void wide4(const Warp *w, const Run *run, void *out) {
    if (roomy(w, run))
        wide(w, run, out, 4);
    else
        otherwise(w, run, out);
}

Sampler *colours_avx2(int channels) {
    return channels == 3 ? wide3 : wide4;
}
#endif
