/* Three or four channels of 8 bits in a plane: the two neighbours along a row are one load of 8 bytes.
 *
 * The same integer arithmetic, with the same bits as result, is written three times: in plain C (colours.c), for
 * processors with AVX2 (colours_avx2.c) and for those that permute bytes (AVX-512 VBMI, colours_vbmi.c).
 */
#ifndef FEWFOLD_COLOURS_H
#define FEWFOLD_COLOURS_H
#include "kernel.h"

#define WEIGHT_BITS 14 /* of a weight */
#define BETWEEN_BITS 7 /* after the point, between the two steps: 8 + 7 bits are a signed word */
#define SHIFT (WEIGHT_BITS - BETWEEN_BITS)
#define LAST_SHIFT (WEIGHT_BITS + BETWEEN_BITS)

INLINE uint64_t load64(const void *from) {
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

typedef struct {
    uint64_t top[RUN], bottom[RUN];
} Neighbours;

INLINE void neighbours(const Warp *w, const Run *run, Neighbours *all) {
    const uint8_t *source = w->source;
    const int below = w->stride[Y];
    for (int i = 0; i < run->n; i++) {
        const uint8_t *from = source + run->corner[i];
        all->top[i] = load64(from);
        all->bottom[i] = load64(from + below);
    }
    memset(all->top + run->n, 0, sizeof(uint64_t) * (lanes(run->n) - run->n));
    memset(all->bottom + run->n, 0, sizeof(uint64_t) * (lanes(run->n) - run->n));
}

/* Whether 8 bytes from every corner of the run, and from below it, end before the source does. */
INLINE int roomy(const Warp *w, const Run *run) {
    return run->last + w->stride[Y] + 8 <= w->size[Y] * w->size[X] * w->channels;
}

INLINE void otherwise(const Warp *w, const Run *run, void *out) {
    linear_bytes(w, run, out);
    curve_points(w, out, run->n);
}

/* One pixel, sent through the table of its channels. */
INLINE void looked_up(const Warp *w, uint32_t pixel, uint8_t *out, int channels) {
    for (int k = 0; k < channels; k++)
        out[k] = w->table[k * w->table_stride + (pixel >> 8 * k & 255)];
}

#if HAS_VERSIONS
Sampler *colours_avx2(int channels);
Sampler *colours_vbmi(int channels);
#endif

#endif
