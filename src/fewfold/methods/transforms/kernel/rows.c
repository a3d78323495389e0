/* The rows of the output: which part of each lies inside the source, and what is done with it. */
#include "kernel.h"

#define MARGIN 1e-5   /* of a place from the border, beyond what rounding can move it */
#define FEW 8         /* points that are not worth a run */
#define STEEP 1.98    /* steps between neighbours that a run of fractions does not hold */

typedef struct {
    const Warp *w;
    Spline *spline;
    Sampler *sample;
    Careful *careful;
    char *filled;     /* a row of the fill value */
    int curved;       /* the sampler sends its values through the curve */
    int gentle;       /* runs may be in fractions */
    int mending;      /* the row holds what is not a number */
    size_t bytes;     /* of a point */
    double start[AXES]; /* the place of the first point of the row */
    double per[AXES];   /* points for each step of the place; without meaning where there is no step */
    int z, y;
    char *out; /* the row */
} Row;

static size_t itemsize(enum Kind kind) {
    static const size_t bytes[] = {1, 2, 2, 4, 4};
    return bytes[kind];
}

INLINE double place(const Row *row, int axis, int x) {
    return row->start[axis] + x * row->w->matrix[axis][X];
}

/* The x from *from to *to (excluded) with low <= place and place <= size + high along every axis. */
INLINE void span(const Row *row, double low, double high, int *from, int *to) {
    const Warp *w = row->w;
    double first = *from, end = *to;
    for (int axis = AXES - w->ndim; axis < AXES; axis++) {
        double a = low - row->start[axis], b = w->size[axis] + high - row->start[axis], step = w->matrix[axis][X];
        if (step == 0) {
            if (a > 0 || b < 0)
                end = first;
            continue;
        }
        double one = (step > 0 ? a : b) * row->per[axis], other = (step > 0 ? b : a) * row->per[axis];
        first = one > first ? ceil(one) : first;
        end = other + 1 < end ? floor(other) + 1 : end;
    }
    *to = end > first ? (int)end : *from;
    *from = end > first ? (int)first : *from;
}

INLINE int well_inside(const Row *row, int x) {
    for (int axis = AXES - row->w->ndim; axis < AXES; axis++) {
        double at = place(row, axis, x);
        if (!(at >= MARGIN && at <= row->w->size[axis] - 1 - MARGIN))
            return 0;
    }
    return 1;
}

#define FILL(T)                                                                    \
    for (ptrdiff_t i = 0; i < (ptrdiff_t)w->out[X] * w->channels; i++)             \
        ((T *)filled)[i] = (T)w->fill;

/* A row of the fill value, as it is to stand in the output when the sampler sends its values through the curve. */
static char *filled_row(const Row *row) {
    const Warp *w = row->w;
    char *filled = malloc(row->bytes * w->out[X]);
    if (!filled)
        return NULL;
    switch (w->kind) {
    case UINT8: FILL(uint8_t) break;
    case UINT16: FILL(uint16_t) break;
    case INT16: FILL(int16_t) break;
    case FLOAT32: FILL(float) break;
    case INT32: FILL(int32_t) break;
    }
    if (row->curved)
        curve_points(w, filled, w->out[X]);
    return filled;
}

static void fill(const Row *row, int from, int to) {
    memcpy(row->out + row->bytes * from, row->filled, row->bytes * (to - from));
}

static void one(const Row *row, const double *at, int x) {
    char *out = row->out + row->bytes * x;
    row->careful(row->w, at, out);
    if (row->curved)
        curve_points(row->w, out, 1);
}

/* Not a number times no weight is not a number: points next to one are looked at again, without that corner. */
static void mend(const Row *row, const Run *run, int x) {
    const Warp *w = row->w;
    for (int i = 0; i < run->n; i++) {
        double at[AXES] = {0};
        int edge = 0;
        for (int axis = AXES - w->ndim; axis < AXES; axis++) {
            edge |= (run->part[axis][i] & (ONE - 1)) == 0;
            at[axis] = w->field == NONE ? place(row, axis, x + i) : run->at[axis][i];
        }
        if (edge)
            one(row, at, x + i);
    }
}

static void sampled(const Row *row, const Run *run, int x) {
    row->sample(row->w, run, row->out + row->bytes * x);
    if (row->mending)
        mend(row, run, x);
}

static void inside(const Row *row, int from, int to) {
    Run run;
    for (int x = from; x < to; x += RUN) {
        double start[AXES];
        for (int axis = 0; axis < AXES; axis++)
            start[axis] = place(row, axis, x);
        places_inside(row->w, start, to - x < RUN ? to - x : RUN, &run);
        sampled(row, &run, x);
    }
}

static void anywhere(const Row *row, int from, int to) {
    const Warp *w = row->w;
    Run run;
    for (int x = from; x < to; x += RUN) {
        int n = to - x < RUN ? to - x : RUN;
        double start[AXES];
        for (int axis = 0; axis < AXES; axis++)
            start[axis] = place(row, axis, x);
        if (w->field == NONE)
            places_affine(w, start, n, &run);
        else
            places_displaced(w, row->spline, start, row->z, row->y, x, n, &run);
        if (w->mode == NEAREST)
            cells_nearest(w, &run);
        else
            cells_linear(w, &run);
        if (run.far) {
            fill(row, x, x + n);
            continue;
        }
        sampled(row, &run, x);
        for (int i = 0; run.outside && i < n; i++)
            if (run.beyond[i] & FAR) {
                fill(row, x + i, x + i + 1);
            } else if (run.beyond[i]) {
                double at[AXES] = {run.at[Z][i], run.at[Y][i], run.at[X][i]};
                one(row, at, x + i);
            }
    }
}

/* A piece that is not inside: point by point where it is short. */
static void beside(const Row *row, int from, int to) {
    if (to - from > FEW || row->w->mode != LINEAR) {
        anywhere(row, from, to);
        return;
    }
    for (int x = from; x < to; x++) {
        double at[AXES] = {place(row, Z, x), place(row, Y, x), place(row, X, x)};
        one(row, at, x);
    }
}

MULTIVERSION static void affine_row(const Row *row) {
    const Warp *w = row->w;
    int from = 0, to = w->out[X];
    if (w->border == CONSTANT) { /* just beyond, a point has no weight: rounding does not matter */
        span(row, -1, 0, &from, &to);
        fill(row, 0, from);
        fill(row, to, w->out[X]);
    }
    int first = from, end = to;
    if (row->gentle)
        span(row, MARGIN, -1 - MARGIN, &first, &end);
    while (first < end && !well_inside(row, first))
        first++;
    while (first < end && !well_inside(row, end - 1))
        end--;
    if (!row->gentle || first >= end) {
        anywhere(row, from, to);
        return;
    }
    beside(row, from, first);
    inside(row, first, end);
    beside(row, end, to);
}

static void whole_row(const Row *row) {
    if (row->w->field == NONE)
        affine_row(row);
    else
        anywhere(row, 0, row->w->out[X]);
}

MULTIVERSION static int any_nan(const float *values, ptrdiff_t n) {
    int found = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        found |= values[i] != values[i];
    return found;
}

int warp_rows(const Warp *w, void *out, int from, int to) {
    Row row = {.w = w, .bytes = itemsize(w->kind) * w->channels, .gentle = w->mode == LINEAR};
    row.sample = w->mode == LINEAR ? linear_sampler(w, &row.curved) : label_sampler(w);
    row.careful = w->mode == LINEAR ? linear_careful(w) : label_careful(w);
    int ready = 1, floats = w->kind == FLOAT32 && w->mode == LINEAR;
    if (w->field == CONTROL)
        ready = (row.spline = spline_new(w)) != NULL;
    if (ready && w->border == CONSTANT)
        ready = (row.filled = filled_row(&row)) != NULL;
    for (int axis = 0; axis < AXES; axis++) {
        row.gentle &= fabs(w->matrix[axis][X]) < STEEP;
        row.per[axis] = 1 / w->matrix[axis][X];
    }
    for (int r = from; ready && r < to; r++) {
        row.z = r / w->out[Y];
        row.y = r % w->out[Y];
        row.out = (char *)out + row.bytes * (ptrdiff_t)w->out[X] * r;
        for (int axis = 0; axis < AXES; axis++)
            row.start[axis] = w->matrix[axis][Z] * row.z + w->matrix[axis][Y] * row.y + w->matrix[axis][3];
        if (w->field == CONTROL)
            spline_row(row.spline, w, row.z, row.y);
        row.mending = 0;
        whole_row(&row);
        row.mending = floats && any_nan((const float *)row.out, (ptrdiff_t)w->out[X] * w->channels);
        if (row.mending)
            whole_row(&row);
        if (!row.curved)
            curve_points(w, row.out, w->out[X]);
    }
    spline_free(row.spline);
    free(row.filled);
    return ready;
}
