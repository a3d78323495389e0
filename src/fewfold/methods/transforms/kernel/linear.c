/* Linear interpolation. */
#include "kernel.h"

INLINE float lerp(float a, float b, int32_t part) {
    return a + (b - a) * ((float)part * (1.0f / ONE));
}

/* Rounds halves up, and keeps to the limits of the type. */
INLINE int rounded(float value, int low, int high) {
    int whole = (int)floorf(value + 0.5f);
    return whole < low ? low : whole > high ? high : whole;
}

/* Ask for the lines of the cache that the next slice will need: it lies where no pattern leads. */
INLINE void prefetch(const Warp *w, const Run *run, size_t itemsize) {
    ptrdiff_t next = 0;
    for (int axis = 0; axis < AXES; axis++)
        next += lrint(w->matrix[axis][Z]) * w->stride[axis];
    const char *from = (const char *)w->source + next * (ptrdiff_t)itemsize;
    ptrdiff_t behind = w->stride[Z] * (ptrdiff_t)itemsize;
    for (int i = 0; i < run->n; i += 4) {
        const char *at = from + run->corner[i] * (ptrdiff_t)itemsize;
        __builtin_prefetch(at);
        __builtin_prefetch(at + behind);
    }
}

INLINE uint64_t load64(const void *from) {
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

/* The corners of one point, with no weight for those that lie beyond the border; and what these add to it. */
typedef struct {
    float fill, weight[8];
    int32_t offset[8];
} Corners;

INLINE void corners_of(const Warp *w, const double *at, int ndim, Corners *corners) {
    float share[AXES][2], own[AXES][2], beyond = 0;
    int32_t offset[AXES][2];
    for (int axis = AXES - ndim; axis < AXES; axis++) {
        int size = w->size[axis];
        double place = w->border == CONSTANT ? at[axis] : folded(w, axis, at[axis]);
        place = place > -2 ? place : -2;
        place = place < size ? place : size;
        double below = floor(place);
        for (int upper = 0; upper < 2; upper++) {
            int index = (int)below + upper, within = index >= 0 && index < size;
            share[axis][upper] = (float)(upper ? place - below : 1 - (place - below));
            own[axis][upper] = within ? share[axis][upper] : 0;
            offset[axis][upper] = within ? index * w->stride[axis] : 0;
        }
    }
    for (int k = 0; k < 1 << ndim; k++) {
        float all = 1, each = 1;
        corners->offset[k] = 0;
        for (int axis = AXES - ndim; axis < AXES; axis++) {
            int upper = k >> (X - axis) & 1;
            all *= share[axis][upper];
            each *= own[axis][upper];
            corners->offset[k] += offset[axis][upper];
        }
        corners->weight[k] = each;
        beyond += all - each;
    }
    corners->fill = beyond > 0 ? beyond * (float)w->fill : 0;
}

#define T uint8_t
#define NAME(f) f##_uint8
#define STORE(v) (uint8_t) rounded(v, 0, UINT8_MAX)
#include "linear.inc"
#undef T
#undef NAME
#undef STORE

#define T uint16_t
#define NAME(f) f##_uint16
#define STORE(v) (uint16_t) rounded(v, 0, UINT16_MAX)
#include "linear.inc"
#undef T
#undef NAME
#undef STORE

#define T int16_t
#define NAME(f) f##_int16
#define STORE(v) (int16_t) rounded(v, INT16_MIN, INT16_MAX)
#include "linear.inc"
#undef T
#undef NAME
#undef STORE

#pragma GCC diagnostic ignored "-Wpsabi" /* vectors are handed to functions that are always inlined */
#define HALF (LANES / 2)
typedef float Eight __attribute__((vector_size(32)));
typedef int32_t Places __attribute__((vector_size(32)));
typedef uint64_t Pairs __attribute__((vector_size(32)));
#if defined(__clang__)
#define CHOSEN(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define CHOSEN(a, b, ...) __builtin_shuffle(a, b, (Places){__VA_ARGS__})
#endif
#define EVEN(a, b) CHOSEN(a, b, 0, 2, 8, 10, 4, 6, 12, 14) /* in each half of the vectors */
#define ODD(a, b) CHOSEN(a, b, 1, 3, 9, 11, 5, 7, 13, 15)

INLINE Eight shares(const int32_t *part) {
    Places own;
    memcpy(&own, part, sizeof own);
    return __builtin_convertvector(own, Eight) * (1.0f / ONE);
}

/* The four values in front of the points at two corners, or behind them: two rows of two for each. */
INLINE Eight rows_of(const float *one, const float *other, int below) {
    return (Eight)(Pairs){load64(one), load64(one + below), load64(other), load64(other + below)};
}

/* The one that matters most: eight points at once, of which four share a half of a vector. */
MULTIVERSION static void volume_float32(const Warp *w, const Run *run, void *out) {
    float line[RUN];
    const int below = w->stride[Y], behind = w->stride[Z];
    prefetch(w, run, sizeof(float));
    for (int i = 0; i < run->n; i += HALF) {
        Eight x = shares(run->part[X] + i), y = shares(run->part[Y] + i), z = shares(run->part[Z] + i), between[4];
        const Eight depth[4] = {CHOSEN(z, z, 0, 0, 0, 0, 4, 4, 4, 4), CHOSEN(z, z, 1, 1, 1, 1, 5, 5, 5, 5),
                                CHOSEN(z, z, 2, 2, 2, 2, 6, 6, 6, 6), CHOSEN(z, z, 3, 3, 3, 3, 7, 7, 7, 7)};
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            const float *one = (const float *)w->source + run->corner[i + k];
            const float *other = (const float *)w->source + run->corner[i + k + 4];
            Eight front = rows_of(one, other, below);
            between[k] = front + (rows_of(one + behind, other + behind, below) - front) * depth[k];
        }
        Eight left = EVEN(between[0], between[1]), right = ODD(between[0], between[1]);
        Eight first = left + (right - left) * CHOSEN(x, x, 0, 0, 1, 1, 4, 4, 5, 5);
        left = EVEN(between[2], between[3]), right = ODD(between[2], between[3]);
        Eight second = left + (right - left) * CHOSEN(x, x, 2, 2, 3, 3, 6, 6, 7, 7);
        Eight top = EVEN(first, second), value = top + (ODD(first, second) - top) * y;
        memcpy(line + i, &value, sizeof value);
    }
    memcpy(out, line, sizeof(float) * run->n);
}

#define OWN_VOLUME
#define T float
#define NAME(f) f##_float32
#define STORE(v) (v)
#include "linear.inc"
#undef T
#undef NAME
#undef STORE

void linear_bytes(const Warp *w, const Run *run, void *out) {
    points_uint8(w, run, out);
}

Sampler *linear_sampler(const Warp *w, int *curved) {
    static Sampler *const any[] = {points_uint8, points_uint16, points_int16, points_float32};
    static Sampler *const planes[] = {plane_uint8, plane_uint16, plane_int16, plane_float32};
    static Sampler *const volumes[] = {volume_uint8, volume_uint16, volume_int16, volume_float32};
    *curved = 0;
    if (w->size[X] < 2)
        return any[w->kind];
    if (w->channels == 1)
        return (w->ndim == 2 ? planes : volumes)[w->kind];
    if (w->kind == UINT8 && w->ndim == 2 && (w->channels == 3 || w->channels == 4)) {
        *curved = 1;
        return colour_sampler(w);
    }
    return any[w->kind];
}

Careful *linear_careful(const Warp *w) {
    static Careful *const each[] = {careful_uint8, careful_uint16, careful_int16, careful_float32};
    return each[w->kind];
}
