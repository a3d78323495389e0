/* Fields whose logarithm is a sum of products of a function of the row and one of the place in it. */
#include "kernel.h"

#define LOG2_E 1.44269504f

MULTIVERSION void multiply_exp(float *values, const float *rows, const float *columns, ptrdiff_t m, int terms,
                               ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < m; i++, rows += terms, values += n)
        for (ptrdiff_t from = 0; from < n; from += RUN) {
            float sum[RUN] = {0};
            int few = n - from < RUN ? (int)(n - from) : RUN;
            for (int k = 0; k < terms; k++)
                for (int j = 0; j < few; j++)
                    sum[j] += rows[k] * columns[k * n + from + j];
            for (int j = 0; j < few; j++)
                values[from + j] *= exp2_of(sum[j] * LOG2_E);
        }
}
