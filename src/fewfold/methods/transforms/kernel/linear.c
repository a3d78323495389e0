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

/* The corners of one point that have weight and lie inside; what the others add to it. */
typedef struct {
    int n;
    float fill, weight[8];
    int32_t offset[8];
} Corners;

INLINE void corners_of(const Warp *w, const double *at, int ndim, Corners *corners) {
    int32_t offset[AXES][2];
    int within[AXES][2];
    float weight[AXES][2], beyond = 0;
    for (int axis = AXES - ndim; axis < AXES; axis++) {
        int size = w->size[axis];
        double place = w->border == CONSTANT ? at[axis] : folded(w, axis, at[axis]);
        place = place > -2 ? place : -2;
        place = place < size ? place : size;
        double below = floor(place);
        for (int upper = 0; upper < 2; upper++) {
            int index = (int)below + upper;
            offset[axis][upper] = index * w->stride[axis];
            weight[axis][upper] = (float)(upper ? place - below : 1 - (place - below));
            within[axis][upper] = index >= 0 && index < size;
        }
    }
    corners->n = 0;
    for (int k = 0; k < 1 << ndim; k++) {
        float each = 1;
        int32_t where = 0, inside = 1;
        for (int axis = AXES - ndim; axis < AXES; axis++) {
            int upper = k >> (X - axis) & 1;
            each *= weight[axis][upper];
            where += offset[axis][upper];
            inside &= within[axis][upper];
        }
        corners->weight[corners->n] = each;
        corners->offset[corners->n] = where;
        corners->n += inside && each > 0;
        beyond += inside ? 0 : each;
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

typedef float Four __attribute__((vector_size(16)));
typedef uint64_t Two __attribute__((vector_size(16)));

/* The one that matters most: as volume_float32 would be, with the four rows of a point in two registers. */
MULTIVERSION static void volume_float32(const Warp *w, const Run *run, void *out) {
    float rows[4 * RUN], line[RUN];
    const int below = w->stride[Y], behind = w->stride[Z], all = lanes(run->n);
    prefetch(w, run, sizeof(float));
    for (int i = 0; i < run->n; i++) {
        const float *from = (const float *)w->source + run->corner[i];
        Two front = {load64(from), load64(from + below)};
        Two back = {load64(from + behind), load64(from + behind + below)};
        float part = (float)run->part[Z][i] * (1.0f / ONE);
        Four between = (Four)front + ((Four)back - (Four)front) * part;
        memcpy(rows + 4 * i, &between, sizeof between);
    }
    memset(rows + 4 * run->n, 0, sizeof(Four) * (all - run->n));
    for (int i = 0; i < all; i++) {
        float top = lerp(rows[4 * i], rows[4 * i + 1], run->part[X][i]);
        float bottom = lerp(rows[4 * i + 2], rows[4 * i + 3], run->part[X][i]);
        line[i] = lerp(top, bottom, run->part[Y][i]);
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
