/* In plain C. */
#include "colours.h"

INLINE int blend(int a, int b, int c, int d, int x, int y) {
    int top = ((a << WEIGHT_BITS) + (b - a) * x) >> SHIFT, bottom = ((c << WEIGHT_BITS) + (d - c) * x) >> SHIFT;
    return ((top << WEIGHT_BITS) + (bottom - top) * y + (1 << (LAST_SHIFT - 1))) >> LAST_SHIFT;
}

INLINE void plain(const Warp *w, const Run *run, uint8_t *out, int channels) {
    Neighbours all;
    uint32_t pixel[RUN];
    const int next = 8 * channels, n = lanes(run->n);
    neighbours(w, run, &all);
    for (int i = 0; i < n; i++) {
        int x = run->part[X][i] >> (FRACTION - WEIGHT_BITS), y = run->part[Y][i] >> (FRACTION - WEIGHT_BITS);
        uint32_t a = (uint32_t)all.top[i], b = (uint32_t)(all.top[i] >> next);
        uint32_t c = (uint32_t)all.bottom[i], d = (uint32_t)(all.bottom[i] >> next);
        uint32_t packed = 0;
        for (int k = 0; k < 8 * channels; k += 8)
            packed |= (uint32_t)blend(a >> k & 255, b >> k & 255, c >> k & 255, d >> k & 255, x, y) << k;
        pixel[i] = packed;
    }
    if (w->table)
        for (int i = 0; i < run->n; i++)
            looked_up(w, pixel[i], out + channels * i, channels);
    else
        for (int i = 0; i < run->n; i++)
            memcpy(out + channels * i, pixel + i, i + 1 < run->n ? 4 : channels);
}

MULTIVERSION static void plain3(const Warp *w, const Run *run, void *out) {
    if (roomy(w, run))
        plain(w, run, out, 3);
    else
        otherwise(w, run, out);
}

MULTIVERSION static void plain4(const Warp *w, const Run *run, void *out) {
    if (roomy(w, run))
        plain(w, run, out, 4);
    else
        otherwise(w, run, out);
}

Sampler *colour_sampler(const Warp *w) {
#if HAS_VERSIONS
    if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return colours_vbmi(w->channels);
    if (__builtin_cpu_supports("avx2"))
        return colours_avx2(w->channels);
#endif
    return w->channels == 3 ? plain3 : plain4;
}
