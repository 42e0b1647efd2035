/* One grey image in, minutiae out: the process around NIST's public-domain mindtct library.
 *
 * stdin:   "columns rows\n" in decimal, then columns*rows bytes, 0 black to 255 white, 500 pixels per inch.
 * stdout:  "width height\n", then one line per minutia: x y direction reliability type, where x and y count pixels from the top
 *          left corner, direction is 0 to 31 clockwise from up in steps of 11.25 degrees, reliability is 0 to 1, type 1 is a
 *          ridge ending and 0 a bifurcation; then "end\n", so that a cut-off answer is seen.
 * exit:    0, or 2 bad input, 3 out of memory, 4 the library reported an error.
 *
 * A process of its own: the library keeps globals and is not re-entrant, and a fault in it must not take the caller along.
 */
#include <stdio.h>
#include <stdlib.h>
#include <lfs.h>

#define LARGEST_SIDE 8000

int main(void) {
    int columns = 0, rows = 0;
    if (scanf("%d %d", &columns, &rows) != 2 || getchar() != '\n') return 2;
    if (columns < 1 || rows < 1 || columns > LARGEST_SIDE || rows > LARGEST_SIDE) return 2;
    size_t count = (size_t)columns * (size_t)rows;
    unsigned char *pixels = malloc(count);
    if (!pixels) return 3;
    if (fread(pixels, 1, count, stdin) != count) return 2;

    MINUTIAE *minutiae = NULL;
    int *quality, *direction, *low_contrast, *low_flow, *high_curve;
    int map_columns, map_rows, binary_columns, binary_rows, binary_depth;
    unsigned char *binary;
    int failed = get_minutiae(&minutiae, &quality, &direction, &low_contrast, &low_flow, &high_curve, &map_columns, &map_rows,
                              &binary, &binary_columns, &binary_rows, &binary_depth, pixels, columns, rows, 8, 500.0 / 25.4,
                              &lfsparms_V2);
    if (failed || !minutiae) return 4;

    printf("%d %d\n", columns, rows);
    for (int i = 0; i < minutiae->num; i++) {
        const MINUTIA *m = minutiae->list[i];
        printf("%d %d %d %.6f %d\n", m->x, m->y, m->direction, m->reliability, m->type);
    }
    printf("end\n");
    return fflush(stdout) == 0 ? 0 : 2; /* the process ends here: the system takes the memory back */
}
