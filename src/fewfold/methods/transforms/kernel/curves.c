/* What happens to values: a table for 8 bits, and for all others pieces of (gain, offset, exponent). */
#include "kernel.h"

#define PART 2048 /* values */

/* x to the power e for x >= 0, to a relative error of a few 1e-7 times e. */
INLINE float power(float x, float e) {
    float value = exp2_of(log2_of(x) * e);
    return x > 1e-37f ? value : x <= 1e-37f ? 0.0f : x; /* NaN stays NaN */
}

/* Part by part, which stays in the cache. */
MULTIVERSION static void curve_values(const float *curve, int pieces, float *v, ptrdiff_t n) {
    for (float *end = v + n; v < end; v += PART) {
        int few = end - v < PART ? (int)(end - v) : PART;
        for (int p = 0; p < pieces; p++) {
            float gain = curve[3 * p], offset = curve[3 * p + 1], exponent = curve[3 * p + 2];
            for (int i = 0; i < few; i++)
                v[i] = v[i] * gain + offset;
            if (exponent != 1.0f)
                for (int i = 0; i < few; i++)
                    v[i] = power(v[i], exponent);
        }
    }
}

/* n values of a type of integers, by way of floats; halves are rounded up */
#define THROUGH_FLOATS(T, LOW, HIGH)                                                        \
    for (T *at = out, *end = at + n; at < end;) {                                           \
        float part[RUN];                                                                    \
        int few = end - at < RUN ? (int)(end - at) : RUN;                                   \
        for (int i = 0; i < few; i++)                                                       \
            part[i] = at[i];                                                                \
        curve_values(w->curve, w->pieces, part, few);                                       \
        for (int i = 0; i < few; i++) {                                                     \
            float value = floorf(part[i] + 0.5f);                                           \
            at[i] = (T)(value < LOW ? LOW : value > HIGH ? HIGH : value);                   \
        }                                                                                   \
        at += few;                                                                          \
    }

void curve_points(const Warp *w, void *out, ptrdiff_t points) {
    ptrdiff_t n = points * w->channels;
    if (w->kind == UINT8 && w->table) {
        uint8_t *at = out;
        for (ptrdiff_t i = 0; i < points; i++, at += w->channels)
            for (int c = 0; c < w->channels; c++)
                at[c] = w->table[c * w->table_stride + at[c]];
    } else if (!w->pieces) {
        return;
    } else if (w->kind == FLOAT32) {
        curve_values(w->curve, w->pieces, out, n);
    } else if (w->kind == UINT16) {
        THROUGH_FLOATS(uint16_t, 0, UINT16_MAX)
    } else if (w->kind == INT16) {
        THROUGH_FLOATS(int16_t, INT16_MIN, INT16_MAX)
    }
}
